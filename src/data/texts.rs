//! The text of a column in one allocation.

/// Cells of trimmed text, one behind the other in one buffer. A missing cell is an empty one.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    text: String,
    /// For each cell, the end of its text in the buffer.
    ends: Vec<usize>,
}

impl Texts {
    /// This many missing cells.
    pub(super) fn missing(cells: usize) -> Self {
        Self { text: String::new(), ends: vec![0; cells] }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a cell below the others; `None` is a missing one.
    pub(super) fn push(&mut self, cell: Option<&str>) {
        let cell = cell.unwrap_or_default();
        let free = self.text.capacity() - self.text.len();
        if free < cell.len() {
            self.text.reserve_exact(cell.len().max(self.text.len() / 2));
        }
        self.text.push_str(cell);
        grow(&mut self.ends);
        self.ends.push(self.text.len());
    }

    /// Adds all cells of another column below these.
    #[cfg(feature = "csv")]
    pub(super) fn append(&mut self, below: &Self) {
        let start = self.text.len();
        self.text.push_str(&below.text);
        self.ends.extend(below.ends.iter().map(|end| start + end));
    }

    /// The text of a cell, or `None` if it is missing; the row must exist.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        let start = row.checked_sub(1).map_or(0, |above| self.ends[above]);
        Some(&self.text[start..self.ends[row]]).filter(|cell| !cell.is_empty())
    }

    /// The cells from the first row to the last.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> + Clone {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Gives the memory back that was reserved for more cells.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl<'c> FromIterator<Option<&'c str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<&'c str>>>(cells: I) -> Self {
        let mut texts = Self::default();
        cells.into_iter().for_each(|cell| texts.push(cell));
        texts.shrink();
        texts
    }
}

/// Makes room for one more value. A full vector grows by half, so that a column never takes much more than its values need.
pub(super) fn grow<V>(values: &mut Vec<V>) {
    if values.len() == values.capacity() {
        values.reserve_exact(64.max(values.len() / 2));
    }
}
