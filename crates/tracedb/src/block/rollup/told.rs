//! Which texts of spans follow from the cell a span is in: a database's kind from the name of the call, a route from the
//! name of the request. Such a text is told once a cell, so that queries of it read no rows.
//!
//! Walk: `writer.rs` hands over each granule's codes when it seals it -> here -> `rollup.rs` closes the stretch. Invariant: a
//! column is told of a stretch only when the spans of each cell either all have the same one text or all have none.

/// Columns that are followed at once: spans have a dozen texts, of which most that vary are given up within a granule.
const MAX_FOLLOWED: usize = 32;

/// A row that belongs to no cell.
pub(super) const NO_CELL: u32 = u32::MAX;

/// The attributes of a granule's rows, as the writer has them.
pub(crate) struct Attributes<'w> {
    /// The shape of each row.
    pub(crate) shapes: &'w [u64],
    /// The columns of each shape.
    pub(crate) columns: &'w [Vec<u32>],
    /// By column: its codes in the order of the rows that have it, where texts have codes.
    pub(crate) codes: &'w [Option<Vec<u64>>],
}

/// What is known of the columns of a stretch.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// By column.
    columns: Vec<Seen>,
    live: usize,
}

/// What is known of a column.
#[derive(Debug, Default)]
enum Seen {
    /// It does not occur.
    #[default]
    Never,
    /// Its texts follow from the cells so far.
    Follows(Told),
    /// They do not.
    Untold,
}

/// A column whose texts followed from the cells so far, by cell.
#[derive(Debug, Default)]
struct Told {
    /// Code and number of spans that have it.
    of_cells: Vec<(u32, u32)>,
    last_row: Option<usize>,
}

/// What a stretch says of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// Column, and by cell 0 or code + 1.
    pub(crate) told: Vec<(u32, Vec<u32>)>,
    /// Columns that occur, but do not follow from the cells; ascending, as are those that do.
    pub(crate) untold: Vec<u32>,
}

impl Followed {
    /// Adds a granule; `cells` are those of its rows.
    pub(super) fn granule(&mut self, attributes: &Attributes<'_>, cells: &[u32]) {
        let mut at = vec![0usize; attributes.codes.len()];
        if self.columns.len() < at.len() {
            self.columns.resize_with(at.len(), Seen::default);
        }
        for (row, (shape, cell)) in attributes.shapes.iter().zip(cells).enumerate() {
            for column in &attributes.columns[*shape as usize] {
                let codes = attributes.codes[*column as usize].as_deref();
                let next = &mut at[*column as usize];
                let place = std::mem::replace(next, *next + 1);
                self.see(*column, codes.map(|codes| codes[place]), row, *cell);
            }
        }
        for seen in &mut self.columns {
            if let Seen::Follows(told) = seen {
                told.last_row = None;
            }
        }
    }

    fn see(&mut self, column: u32, code: Option<u64>, row: usize, cell: u32) {
        let Followed { columns, live } = self;
        let seen = &mut columns[column as usize];
        if let Seen::Never = seen {
            let room = *live < MAX_FOLLOWED;
            *live += usize::from(room);
            *seen = if room { Seen::Follows(Told::default()) } else { Seen::Untold };
        }
        let Seen::Follows(told) = seen else { return };
        let code = code.and_then(|code| u32::try_from(code + 1).ok());
        if !code.is_some_and(|code| told.add(code, row, cell)) {
            *seen = Seen::Untold;
            *live -= 1;
        }
    }

    /// What the stretch says; `counts` are the spans of each cell.
    pub(super) fn close(&mut self, counts: impl ExactSizeIterator<Item = u32> + Clone) -> Texts {
        let mut texts = Texts::default();
        self.live = 0;
        for (column, seen) in (0..).zip(std::mem::take(&mut self.columns)) {
            let told = match seen {
                Seen::Never => continue,
                Seen::Follows(told) => told.finish(counts.clone()),
                Seen::Untold => None,
            };
            match told {
                Some(codes) => texts.told.push((column, codes)),
                None => texts.untold.push(column),
            }
        }
        texts
    }
}

impl Told {
    /// Whether the column still follows from the cells.
    fn add(&mut self, code: u32, row: usize, cell: u32) -> bool {
        // A span that names a key twice, or one that is counted by no cell.
        if self.last_row.replace(row) == Some(row) || cell == NO_CELL {
            return false;
        }
        let cell = cell as usize;
        if self.of_cells.len() <= cell {
            self.of_cells.resize(cell + 1, (0, 0));
        }
        let (known, spans) = &mut self.of_cells[cell];
        let follows = *spans == 0 || *known == code;
        (*known, *spans) = (code, *spans + 1);
        follows
    }

    fn finish(mut self, counts: impl ExactSizeIterator<Item = u32>) -> Option<Vec<u32>> {
        self.of_cells.resize(counts.len(), (0, 0));
        let whole =
            self.of_cells.iter().zip(counts).all(|((_, spans), count)| *spans == 0 || *spans == count);
        whole.then(|| self.of_cells.into_iter().map(|(code, _)| code).collect())
    }
}
