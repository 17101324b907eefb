//! The leaf columns of a nested file, side by side: each gives its values with the levels that say where in the nesting
//! they stand.
//!
//! Every column has one entry for each place where it could have a value: its definition level says how much of the path
//! to it is there, its repetition level which list went on. Two facts are all that reading takes: a list that is empty has
//! one entry, of a lower definition level, in all columns below it; and the next element of a list begins with an entry of
//! the list's repetition level. Invariant: entries are taken in pairs with those of the other columns, and a column that
//! says something else of the nesting is an error that names it.

use crate::WireError;
use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Rows that a column is read ahead: their values are in memory.
const ROWS_AHEAD: usize = 16;
/// Leaf columns of a file: the formats have some 150, and at most 100 dedicated ones.
const MAX_COLUMNS: usize = 4096;

/// A file and the columns of it that were asked for.
pub(super) struct Columns {
    name: String,
    file: Box<dyn FileReader>,
    columns: Vec<Column>,
    row_group: usize,
    rows_left: i64,
}

/// A column that was asked for: its place in [`Columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf(usize);

/// What a leaf's values are, and where in the nesting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: Type,
    /// How many lists are around the element that it belongs to.
    pub(super) level: i16,
    pub(super) values: Count,
}

/// How many values a leaf has in an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    One,
    /// At most one, or a list.
    Any,
}

/// A list of elements with several leaves.
#[derive(Debug)]
pub(super) struct Group {
    leaves: Vec<Leaf>,
    level: i16,
}

struct Column {
    path: String,
    index: usize,
    level: i16,
    max_definition: i16,
    max_repetition: i16,
    values: Option<Values>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    entries: usize,
    at: usize,
    value_at: usize,
}

enum Values {
    Bytes(Read<ByteArrayType>),
    Int32(Read<Int32Type>),
    Int64(Read<Int64Type>),
    Double(Read<DoubleType>),
    Bool(Read<BoolType>),
}

struct Read<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
}

impl Columns {
    /// Reads the footer. `name` is the file, for errors.
    pub(super) fn open(name: &str, file: impl ChunkReader + 'static) -> Result<Self, WireError> {
        let file = guarded(|| SerializedFileReader::new(file));
        let file = file.map_err(|what| WireError::Column {
            path: name.to_owned(),
            column: "(footer)".to_owned(),
            what,
        })?;
        Ok(Columns {
            name: name.to_owned(),
            file: Box::new(file),
            columns: Vec::new(),
            row_group: 0,
            rows_left: 0,
        })
    }

    /// Asks for a leaf by its path; [`None`] when the file has none of that name.
    pub(super) fn find(&mut self, path: &str, shape: Shape) -> Result<Option<Leaf>, WireError> {
        let schema = self.file.metadata().file_metadata().schema_descr_ptr();
        let found = schema.columns().iter().take(MAX_COLUMNS).position(|column| {
            // A list is either repeated itself, or wrapped in two groups of these names.
            column.path().string().replace(".list.element", "") == path
        });
        let Some(index) = found else { return Ok(None) };
        let column = schema.column(index);
        let (definition, repetition) = (column.max_def_level(), column.max_rep_level());
        let fits = match shape.values {
            Count::One => (definition, repetition) == (shape.level, shape.level),
            Count::Any => definition == shape.level + 1 && (0..=1).contains(&(repetition - shape.level)),
        };
        if column.physical_type() != shape.kind || !fits {
            let what = format!(
                "it is {} at levels {definition} and {repetition}; expected {} below {} lists",
                column.physical_type(),
                shape.kind,
                shape.level
            );
            return Err(WireError::Column { path: self.name.clone(), column: path.to_owned(), what });
        }
        self.columns.push(Column {
            path: path.to_owned(),
            index,
            level: shape.level,
            max_definition: definition,
            max_repetition: repetition,
            values: None,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            entries: 0,
            at: 0,
            value_at: 0,
        });
        Ok(Some(Leaf(self.columns.len() - 1)))
    }

    /// Asks for a leaf that must be there.
    pub(super) fn need(&mut self, path: &str, shape: Shape) -> Result<Leaf, WireError> {
        let missing = || WireError::Column {
            path: self.name.clone(),
            column: path.to_owned(),
            what: "it is not there".to_owned(),
        };
        let missing = missing();
        self.find(path, shape)?.ok_or(missing)
    }

    /// The list at `path`, with all leaves below it that were asked for so far.
    pub(super) fn group(&self, path: &str, level: i16) -> Group {
        let below =
            |column: &Column| column.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        let leaves = (0..self.columns.len()).filter(|at| below(&self.columns[*at])).map(Leaf).collect();
        Group { leaves, level }
    }

    /// Goes to the next row: whether there is one.
    pub(super) fn next_record(&mut self) -> Result<bool, WireError> {
        while self.rows_left == 0 {
            for at in 0..self.columns.len() {
                if self.row_group > 0 && self.peek(Leaf(at))?.is_some() {
                    return Err(self.failed(Leaf(at), "it has more values than the rows of its row group"));
                }
            }
            if self.row_group >= self.file.num_row_groups() {
                return Ok(false);
            }
            self.open_row_group()?;
        }
        self.rows_left -= 1;
        Ok(true)
    }

    fn open_row_group(&mut self) -> Result<(), WireError> {
        let number = self.row_group;
        for at in 0..self.columns.len() {
            let (file, index) = (&self.file, self.columns[at].index);
            let reader = guarded(|| file.get_row_group(number)?.get_column_reader(index));
            let reader = reader.map_err(|what| self.failed(Leaf(at), what))?;
            let values = Values::of(reader).ok_or_else(|| self.failed(Leaf(at), "its type is not read"))?;
            let column = &mut self.columns[at];
            column.values = Some(values);
            (column.entries, column.at, column.value_at) = (0, 0, 0);
        }
        self.rows_left = self.file.metadata().row_group(number).num_rows().max(0);
        self.row_group += 1;
        Ok(())
    }

    /// Visits the elements of a list.
    pub(super) fn each_element(
        &mut self,
        group: &Group,
        mut visit: impl FnMut(&mut Self) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let Some(lead) = group.leaves.first().copied() else { return Ok(()) };
        let first = self.peek(lead)?.ok_or_else(|| self.failed(lead, "it ends before its rows do"))?;
        if first.0 < group.level {
            for leaf in &group.leaves {
                self.step(*leaf, |definition| definition < group.level)?;
            }
            return Ok(());
        }
        loop {
            visit(self)?;
            if self.peek(lead)?.is_none_or(|next| next.1 != group.level) {
                return Ok(());
            }
        }
    }

    /// Takes the values of a leaf in the element that is being visited; `take` gets each.
    fn each_value(&mut self, leaf: Leaf, mut take: impl FnMut(&Values, usize)) -> Result<(), WireError> {
        let (level, list) = (self.columns[leaf.0].level, self.columns[leaf.0].max_repetition);
        loop {
            let value = self.step(leaf, |definition| definition >= level)?;
            let column = &self.columns[leaf.0];
            if let (Some(at), Some(values)) = (value, &column.values) {
                take(values, at);
            }
            if list == level || self.peek(leaf)?.is_none_or(|next| next.1 != list) {
                return Ok(());
            }
        }
    }

    /// Takes one entry, whose definition level is `expected`: the place of its value, if it has one.
    fn step(&mut self, leaf: Leaf, expected: impl Fn(i16) -> bool) -> Result<Option<usize>, WireError> {
        let (definition, _) =
            self.peek(leaf)?.ok_or_else(|| self.failed(leaf, "it ends before its rows do"))?;
        if !expected(definition) {
            return Err(self.failed(leaf, "it says something else of the nesting than the columns beside it"));
        }
        let column = &mut self.columns[leaf.0];
        column.at += 1;
        if definition < column.max_definition {
            return Ok(None);
        }
        column.value_at += 1;
        Ok(Some(column.value_at - 1))
    }

    /// The levels of the next entry: definition, repetition.
    fn peek(&mut self, leaf: Leaf) -> Result<Option<(i16, i16)>, WireError> {
        let column = &mut self.columns[leaf.0];
        if column.at >= column.entries {
            match guarded(|| column.fill()) {
                Ok(()) => {}
                Err(what) => return Err(self.failed(leaf, what)),
            }
        }
        let column = &self.columns[leaf.0];
        if column.at >= column.entries {
            return Ok(None);
        }
        let level = |levels: &[i16]| levels.get(column.at).copied().unwrap_or(0);
        Ok(Some((level(&column.definitions), level(&column.repetitions))))
    }

    /// An error that names the file and the column.
    pub(super) fn failed(&self, leaf: Leaf, what: impl ToString) -> WireError {
        let column = self.columns[leaf.0].path.clone();
        WireError::Column { path: self.name.clone(), column, what: what.to_string() }
    }
}

/// Typed values of an element. A leaf that the file does not have has none.
impl Columns {
    /// The bytes of a leaf's values, one after the other.
    pub(super) fn bytes(&mut self, leaf: Option<Leaf>, mut take: impl FnMut(&[u8])) -> Result<(), WireError> {
        let Some(leaf) = leaf else { return Ok(()) };
        self.each_value(leaf, |values, at| {
            if let Values::Bytes(read) = values {
                take(read.values.get(at).map_or(&[], ByteArray::data));
            }
        })
    }

    /// The texts of a leaf's values. What is no UTF-8 is replaced: the format does not promise it.
    pub(super) fn texts(
        &mut self,
        leaf: Option<Leaf>,
        mut take: impl FnMut(Arc<str>),
    ) -> Result<(), WireError> {
        self.bytes(leaf, |bytes| take(Arc::from(&*String::from_utf8_lossy(bytes))))
    }

    /// The only text, or "".
    pub(super) fn text(&mut self, leaf: Option<Leaf>) -> Result<Arc<str>, WireError> {
        let mut found = None;
        self.texts(leaf, |text| found = Some(text))?;
        Ok(found.unwrap_or_default())
    }

    /// The integers of a leaf's values, of 32 or 64 bits.
    pub(super) fn ints(&mut self, leaf: Option<Leaf>, mut take: impl FnMut(i64)) -> Result<(), WireError> {
        let Some(leaf) = leaf else { return Ok(()) };
        self.each_value(leaf, |values, at| match values {
            Values::Int32(read) => take(read.values.get(at).copied().unwrap_or(0).into()),
            Values::Int64(read) => take(read.values.get(at).copied().unwrap_or(0)),
            _ => {}
        })
    }

    /// The only integer, or 0.
    pub(super) fn int(&mut self, leaf: Option<Leaf>) -> Result<i64, WireError> {
        let mut found = 0;
        self.ints(leaf, |int| found = int)?;
        Ok(found)
    }

    /// The floats of a leaf's values.
    pub(super) fn doubles(&mut self, leaf: Option<Leaf>, mut take: impl FnMut(f64)) -> Result<(), WireError> {
        let Some(leaf) = leaf else { return Ok(()) };
        self.each_value(leaf, |values, at| {
            if let Values::Double(read) = values {
                take(read.values.get(at).copied().unwrap_or(0.0));
            }
        })
    }

    /// The flags of a leaf's values.
    pub(super) fn bools(&mut self, leaf: Option<Leaf>, mut take: impl FnMut(bool)) -> Result<(), WireError> {
        let Some(leaf) = leaf else { return Ok(()) };
        self.each_value(leaf, |values, at| {
            if let Values::Bool(read) = values {
                take(read.values.get(at).copied().unwrap_or(false));
            }
        })
    }
}

impl Column {
    /// Reads the entries of the next rows; none at the end of the row group.
    fn fill(&mut self) -> Result<(), ParquetError> {
        self.definitions.clear();
        self.repetitions.clear();
        (self.entries, self.at, self.value_at) = (0, 0, 0);
        let levels = (&mut self.definitions, &mut self.repetitions);
        self.entries = match &mut self.values {
            Some(Values::Bytes(read)) => read.ahead(levels)?,
            Some(Values::Int32(read)) => read.ahead(levels)?,
            Some(Values::Int64(read)) => read.ahead(levels)?,
            Some(Values::Double(read)) => read.ahead(levels)?,
            Some(Values::Bool(read)) => read.ahead(levels)?,
            None => 0,
        };
        Ok(())
    }
}

impl Values {
    fn of(reader: ColumnReader) -> Option<Self> {
        Some(match reader {
            ColumnReader::ByteArrayColumnReader(reader) => Values::Bytes(Read { reader, values: Vec::new() }),
            ColumnReader::Int32ColumnReader(reader) => Values::Int32(Read { reader, values: Vec::new() }),
            ColumnReader::Int64ColumnReader(reader) => Values::Int64(Read { reader, values: Vec::new() }),
            ColumnReader::DoubleColumnReader(reader) => Values::Double(Read { reader, values: Vec::new() }),
            ColumnReader::BoolColumnReader(reader) => Values::Bool(Read { reader, values: Vec::new() }),
            _ => return None,
        })
    }
}

impl<T: DataType> Read<T> {
    fn ahead(&mut self, levels: (&mut Vec<i16>, &mut Vec<i16>)) -> Result<usize, ParquetError> {
        self.values.clear();
        let (definitions, repetitions) = (Some(levels.0), Some(levels.1));
        let (_, _, entries) =
            self.reader.read_records(ROWS_AHEAD, definitions, repetitions, &mut self.values)?;
        Ok(entries)
    }
}

/// Calls into the library that reads pages; what it gives up on by panicking is an error as well.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("the bytes are no pages of the format".to_owned()),
    }
}
