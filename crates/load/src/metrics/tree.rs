//! The tree of groups and checks, as samples name them: `::outer::inner` with its checks and their counts.

/// A group: its checks and the groups inside, in the order they first appeared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// The last part of the path; empty for the root.
    pub(crate) name: String,
    /// `::outer::inner`; empty for the root.
    pub(crate) path: String,
    /// Groups inside it.
    pub(crate) groups: Vec<Group>,
    /// Its own checks.
    pub(crate) checks: Vec<Check>,
}

/// A check and how it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Check {
    /// Its name.
    pub(crate) name: String,
    /// The group's path, `::` and the name.
    pub(crate) path: String,
    /// How often it held.
    pub(crate) passes: u64,
    /// How often it did not.
    pub(crate) fails: u64,
}

/// 100 000 groups and checks in all: names made from data would otherwise grow without end.
const MAX_NODES: usize = 100_000;

/// The root, with a count of all nodes.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    root: Group,
    nodes: usize,
}

impl Tree {
    /// The root group.
    pub(crate) fn root(&self) -> &Group {
        &self.root
    }

    /// Makes sure that the group exists.
    pub(crate) fn group(&mut self, path: &str) {
        if self.nodes < MAX_NODES {
            find(&mut self.root, path, &mut self.nodes);
        }
    }

    /// Counts a check.
    pub(crate) fn check(&mut self, path: &str, name: &str, passed: bool) {
        if self.nodes >= MAX_NODES {
            return;
        }
        let group = find(&mut self.root, path, &mut self.nodes);
        let at = group.checks.iter().position(|c| c.name == name).unwrap_or_else(|| {
            self.nodes += 1;
            let path = format!("{}::{name}", group.path);
            group.checks.push(Check { name: name.to_owned(), path, ..Check::default() });
            group.checks.len() - 1
        });
        let check = &mut group.checks[at];
        if passed { check.passes += 1 } else { check.fails += 1 }
    }
}

fn find<'a>(root: &'a mut Group, path: &str, nodes: &mut usize) -> &'a mut Group {
    let mut group = root;
    for name in path.split("::").filter(|p| !p.is_empty()) {
        let at = group.groups.iter().position(|g| g.name == name).unwrap_or_else(|| {
            *nodes += 1;
            let path = format!("{}::{name}", group.path);
            group.groups.push(Group { name: name.to_owned(), path, ..Group::default() });
            group.groups.len() - 1
        });
        group = &mut group.groups[at];
    }
    group
}

impl Group {
    /// Visits the group's checks, then those of the groups inside.
    pub(crate) fn each_check<'a>(&'a self, visit: &mut impl FnMut(&'a Check)) {
        self.checks.iter().for_each(&mut *visit);
        self.groups.iter().for_each(|g| g.each_check(visit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_in_two_groups_is_two_checks() {
        let mut tree = Tree::default();
        tree.check("", "same", true);
        tree.check("::a::b", "same", false);
        tree.check("::a::b", "same", true);
        let mut seen = Vec::new();
        tree.root().each_check(&mut |c| seen.push((c.path.clone(), c.passes, c.fails)));
        assert_eq!(seen, [("::same".to_owned(), 1, 0), ("::a::b::same".to_owned(), 1, 1)]);
    }
}
