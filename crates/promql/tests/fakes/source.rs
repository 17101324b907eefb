//! A source of series that answers selects, which is all that queries ask of one.

use contract::{Answer, Context, LabelSelect, Series, SeriesSelect, SeriesSource, Settled, SourceError};
use model::{Exemplar, Labels, Metadata};

/// What selects are answered with.
pub(crate) trait Selects: Send + Sync {
    /// The series that match.
    fn answer(&self, select: &SeriesSelect) -> Vec<Series>;

    /// What is settled.
    fn settled(&self) -> Option<Settled> {
        None
    }
}

/// The source.
#[derive(Debug, Default)]
pub(crate) struct Fake<S>(pub(crate) S);

fn unused<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(SourceError::Unavailable("queries do not ask this".to_owned())) })
}

impl<S: Selects> SeriesSource for Fake<S> {
    fn select<'a>(&'a self, _: &'a Context, select: SeriesSelect) -> Answer<'a, Vec<Series>> {
        Box::pin(async move { Ok(self.0.answer(&select)) })
    }

    fn series<'a>(&'a self, _: &'a Context, _: LabelSelect) -> Answer<'a, Vec<Labels>> {
        unused()
    }

    fn label_names<'a>(&'a self, _: &'a Context, _: LabelSelect) -> Answer<'a, Vec<String>> {
        unused()
    }

    fn label_values<'a>(&'a self, _: &'a Context, _: &'a str, _: LabelSelect) -> Answer<'a, Vec<String>> {
        unused()
    }

    fn exemplars<'a>(&'a self, _: &'a Context, _: LabelSelect) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>> {
        unused()
    }

    fn metadata<'a>(&'a self, _: &'a Context, _: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        unused()
    }

    fn settled(&self, _: &Context) -> Option<Settled> {
        self.0.settled()
    }
}
