//! Sets of ids, and where they come from ([`LabelIndex`]). Half of all label values belong to one id only, so one id costs no bitmap.

use crate::IndexError;
use roaring::RoaringBitmap;

/// A set of ids that grows.
#[derive(Debug, Clone, Default)]
pub enum Ids {
    /// No id.
    #[default]
    None,
    /// One id.
    One(u32),
    /// More.
    Many(Box<RoaringBitmap>),
}

impl Ids {
    /// Adds an id.
    pub fn insert(&mut self, id: u32) {
        match self {
            Ids::None => *self = Ids::One(id),
            Ids::One(one) if *one == id => {}
            Ids::One(one) => *self = Ids::Many(Box::new(RoaringBitmap::from_iter([*one, id]))),
            Ids::Many(many) => {
                many.insert(id);
            }
        }
    }

    /// The set, borrowed.
    pub fn as_ref(&self) -> IdsRef<'_> {
        match self {
            Ids::None => IdsRef::None,
            Ids::One(id) => IdsRef::One(*id),
            Ids::Many(many) => IdsRef::Many(many),
        }
    }

    /// Bytes on the heap, estimated.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Ids::None | Ids::One(_) => 0,
            Ids::Many(many) => size_of::<RoaringBitmap>() + many.serialized_size(),
        }
    }
}

/// A set of ids, wherever it lies.
#[derive(Debug, Clone, Copy)]
pub enum IdsRef<'a> {
    /// No id.
    None,
    /// One id.
    One(u32),
    /// A bitmap.
    Many(&'a RoaringBitmap),
    /// Packed bytes of `count` ids, checked when they are added.
    Packed {
        /// How many ids.
        count: u32,
        /// See [`crate::packed`].
        bytes: &'a [u8],
    },
}

impl IdsRef<'_> {
    /// How many ids.
    pub fn len(&self) -> u64 {
        match self {
            IdsRef::None => 0,
            IdsRef::One(_) => 1,
            IdsRef::Many(many) => many.len(),
            IdsRef::Packed { count, .. } => u64::from(*count),
        }
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds all ids to `out`. `Err` when packed bytes are damaged.
    pub fn add_to(&self, out: &mut RoaringBitmap) -> Result<(), IndexError> {
        match self {
            IdsRef::None => {}
            IdsRef::One(id) => {
                out.insert(*id);
            }
            IdsRef::Many(many) => *out |= *many,
            IdsRef::Packed { count, bytes } => crate::packed::unpack_ids(*count, bytes, out)?,
        }
        Ok(())
    }

    /// The ids as a bitmap.
    pub fn to_bitmap(&self) -> Result<RoaringBitmap, IndexError> {
        let mut out = RoaringBitmap::new();
        self.add_to(&mut out)?;
        Ok(out)
    }
}

/// Labels to ids, wherever they are kept.
pub trait LabelIndex {
    /// Every id.
    fn all(&self) -> Result<RoaringBitmap, IndexError>;

    /// The ids that have the label, whatever its value.
    fn present(&self, name: &str) -> Result<IdsRef<'_>, IndexError>;

    /// The ids that have the pair.
    fn postings(&self, name: &str, value: &str) -> Result<IdsRef<'_>, IndexError>;

    /// Every value of `name` that starts with `prefix`, with its ids, in any order.
    fn each_value(
        &self,
        name: &str,
        prefix: &str,
        visit: &mut dyn FnMut(&str, IdsRef<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError>;

    /// How many values `name` has.
    fn value_count(&self, name: &str) -> u64;

    /// Calls `visit` with the value of `name` that `id` has ("" for none) and answers its verdict; `None` when this
    /// index cannot look a single id up.
    fn value_of(&self, id: u32, name: &str, visit: &mut dyn FnMut(&str) -> bool) -> Option<bool>;
}
