//! The feature of a column of categories: one output for each level.

use super::feature::Refused;
use crate::base::{Error, Result, in_order};
use crate::data::{Cell, ColumnView, key};
use crate::layers::OutputMode;
use crate::part::{Arguments, Describe, FINITE};

/// A feature of a column of categories: 1 in the output of its level, 0 in the others; or the number of its level.
///
/// Levels are the texts or the numbers that the training rows have. Levels with fewer than
/// [`min_count`](Self::min_count) training rows, those beyond the [`max_tokens`](Self::max_tokens) most frequent ones, and
/// unknown levels share one output; it exists if training rows have such levels, because training would leave it at its
/// initial weights otherwise. A missing cell is a level of its own if training rows have missing cells, else unknown.
/// (Keras' `FeatureSpace.string_categorical` and `integer_categorical`)
///
/// ```
/// use layercake::prelude::*;
/// use layercake::tables::Categorical;
///
/// let mut table = data::Table::new();
/// table.add_text("city", ["Oslo", "Rome", "Oslo", "Bern", "Rome", "NA"])?;
/// let space = FeatureSpace::new().feature("city", Categorical::string().min_count(2)).adapt(&table)?;
/// assert_eq!(space.output_names(), ["city=Oslo", "city=Rome", "city=[rare]", "city=[missing]"]);
/// assert_eq!(space.transform::<f64>(&table)?.row(3), dmatrix![0.0, 0.0, 1.0, 0.0].row(0));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Categorical {
    is_integer: bool,
    max_tokens: Option<usize>,
    min_count: usize,
    unknown: Unknown,
    output_mode: OutputMode,
    is_adapted: bool,
    /// The levels in ascending order, of a column of text.
    words: Vec<String>,
    /// The levels in ascending order, of a column of numbers.
    numbers: Vec<f64>,
    /// The output of a level that is rare or unknown, if there is one.
    has_rare: bool,
    has_missing: bool,
    most_frequent: usize,
}

/// What is done with a level that no training row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It has the output of the rare levels; without one, all outputs are 0.
    OwnSlot,
    /// It counts as the most frequent level of the training rows, as rare levels do.
    MostFrequent,
    /// It is an error; each level of the training rows then needs an output of its own.
    Error,
}

impl Categorical {
    fn new(is_integer: bool) -> Self {
        Self {
            is_integer,
            max_tokens: None,
            min_count: 1,
            unknown: Unknown::OwnSlot,
            output_mode: OutputMode::OneHot,
            is_adapted: false,
            words: Vec::new(),
            numbers: Vec::new(),
            has_rare: false,
            has_missing: false,
            most_frequent: 0,
        }
    }

    /// Levels of text; in a column of numbers, each number is a level.
    pub fn string() -> Self {
        Self::new(false)
    }

    /// Levels of numbers; the column must hold numbers.
    pub fn integer() -> Self {
        Self::new(true)
    }

    /// Sets the largest number of levels, at least 1 (default: all); the most frequent ones are taken.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Sets the number of training rows that a level needs, at least 1 (default 1).
    pub fn min_count(mut self, min_count: usize) -> Self {
        self.min_count = min_count;
        self
    }

    /// Sets what is done with a level that no training row has (default: [`Unknown::OwnSlot`]).
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// Sets the form of the output: [`OutputMode::OneHot`] (default), or [`OutputMode::Int`] for the number of the level, as an
    /// [`Embedding`](crate::layers::Embedding) takes it; no other is allowed.
    ///
    /// Numbers count from 1 in the order of the one-hot outputs; 0 stands for a cell whose one-hot outputs are all 0.
    /// [`FeatureSpace::vocabulary_size`](super::FeatureSpace::vocabulary_size) is the size of the embedding.
    ///
    /// ```
    /// use layercake::layers::OutputMode;
    /// use layercake::prelude::*;
    /// use layercake::tables::Categorical;
    ///
    /// let mut table = data::Table::new();
    /// table.add_text("city", ["Oslo", "Rome", "Oslo"])?;
    /// let space = FeatureSpace::new().feature("city", Categorical::string().output_mode(OutputMode::Int)).adapt(&table)?;
    /// assert_eq!(space.vocabulary_size("city")?, 3);
    ///
    /// let mut later = data::Table::new();
    /// later.add_text("city", ["Rome", "Bern"])?;
    /// assert_eq!(space.transform::<f32>(&later)?, dmatrix![2.0; 0.0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn output_mode(mut self, output_mode: OutputMode) -> Self {
        self.output_mode = output_mode;
        self
    }

    /// Returns the feature adapted to the training rows.
    pub(super) fn adapt(mut self, column: ColumnView<'_>) -> Result<Self> {
        let refused = |problem: &str| Error::Feature { column: column.name().to_string(), line: None, problem: problem.into() };
        if self.is_integer && !column.is_number() {
            return Err(refused("it holds text; expected numbers, or `string_categorical` for text"));
        }
        let levels = Level::counted(column);
        let rows: usize = levels.iter().map(|(_, count)| count).sum();
        if levels.is_empty() {
            return Err(refused("every cell is missing: leave the column out"));
        }
        // equal counts stay in the order of the levels
        let mut kept = in_order(levels.len(), &|a, b| levels[b].1.cmp(&levels[a].1));
        let most_frequent = kept[0];
        kept.truncate(self.max_tokens.unwrap_or(levels.len()));
        kept.retain(|&level| levels[level].1 >= self.min_count || level == most_frequent);
        (self.has_missing, self.is_adapted) = (rows < column.rows(), true);
        self.has_rare = kept.len() < levels.len() && self.unknown == Unknown::OwnSlot;
        kept.sort_unstable();
        self.most_frequent = kept.iter().position(|&level| level == most_frequent).unwrap_or_default();
        (self.words, self.numbers) = (Vec::new(), Vec::new());
        for level in kept {
            match levels[level].0 {
                Level::Text(text) => self.words.push(text.to_string()),
                Level::Number(number) => self.numbers.push(number),
            }
        }
        Ok(self)
    }

    fn level_count(&self) -> usize {
        self.words.len().max(self.numbers.len())
    }

    pub(super) fn width(&self) -> usize {
        if self.is_number() { 1 } else { self.slots() }
    }

    /// Returns whether the output is the number of the level.
    pub(super) fn is_number(&self) -> bool {
        self.output_mode == OutputMode::Int
    }

    /// Returns the number of one-hot outputs.
    fn slots(&self) -> usize {
        self.level_count() + usize::from(self.has_rare) + usize::from(self.has_missing)
    }

    /// Returns the number of different numbers of levels, that of no level included.
    pub(super) fn vocabulary_size(&self) -> usize {
        self.slots() + 1
    }

    pub(super) fn output_names(&self, column: &str) -> Vec<String> {
        if self.is_number() {
            return vec![column.to_string()];
        }
        let levels = self.words.iter().cloned().chain(self.numbers.iter().map(|&number| key(number)));
        let rare = self.has_rare.then(|| "[rare]".to_string());
        let missing = self.has_missing.then(|| "[missing]".to_string());
        levels.chain(rare).chain(missing).map(|level| format!("{column}={level}")).collect()
    }

    /// Returns whether a training row had this text.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.words.binary_search_by(|word| word.as_str().cmp(text)).is_ok()
    }

    /// Returns whether a cell has a level with an output of its own, or is missing.
    pub(super) fn has_level(&self, cell: Cell<'_>) -> bool {
        cell == Cell::Missing || self.level_of(cell).is_some()
    }

    /// The output of the level of a cell, if the level has one of its own.
    fn level_of(&self, cell: Cell<'_>) -> Option<usize> {
        match cell {
            Cell::Missing => None,
            Cell::Text(text) => self.words.binary_search_by(|word| word.as_str().cmp(text)).ok(),
            Cell::Number(number) => self.numbers.binary_search_by(|level| level.total_cmp(&(number + 0.0))).ok(),
        }
    }

    /// The output that is 1 for this cell, if any is.
    fn output(&self, cell: Cell<'_>) -> Result<Option<usize>, Refused> {
        if cell == Cell::Missing && self.has_missing {
            return Ok(Some(self.slots() - 1));
        }
        let found = self.level_of(cell);
        let refused = if cell == Cell::Missing { Refused::Missing } else { Refused::Unknown };
        match (found, self.unknown) {
            (Some(level), _) => Ok(Some(level)),
            (None, Unknown::OwnSlot) => Ok(self.has_rare.then(|| self.level_count())),
            (None, Unknown::MostFrequent) => Ok(Some(self.most_frequent)),
            (None, Unknown::Error) => Err(refused),
        }
    }

    /// The number of the level of this cell, from 1 on; 0 if there is none.
    pub(super) fn number(&self, cell: Cell<'_>) -> Result<usize, Refused> {
        Ok(self.output(cell)?.map_or(0, |output| output + 1))
    }

    /// Writes the outputs for one cell.
    pub(super) fn encode(&self, cell: Cell<'_>, out: &mut [f64]) -> Result<(), Refused> {
        if self.is_number() {
            out.fill(self.number(cell)? as f64);
            return Ok(());
        }
        let output = self.output(cell)?;
        out.fill(0.0);
        if let Some(out) = output.and_then(|output| out.get_mut(output)) {
            *out = 1.0;
        }
        Ok(())
    }

    /// Describes the outputs in words, for an explanation.
    pub(super) fn explain(&self) -> String {
        let mut text = format!("{} levels", self.level_count());
        if self.is_number() {
            text += " as numbers";
        }
        if self.has_rare {
            text += ", rare levels together";
        }
        if self.has_missing {
            text += ", missing: own level";
        }
        text
    }

    pub(super) fn is_adapted(&self) -> bool {
        self.is_adapted
    }

    /// Returns one of the levels that have an output, by a number that counts on from the last to the first.
    #[cfg(feature = "keras")]
    pub(super) fn level(&self, number: usize) -> Option<Cell<'_>> {
        let place = number.checked_rem(self.level_count())?;
        let word = self.words.get(place).map(|word| Cell::Text(word));
        word.or_else(|| self.numbers.get(place).map(|&number| Cell::Number(number)))
    }

    /// Returns the levels that have an output, in the order of their numbers.
    #[cfg(feature = "keras")]
    pub(super) fn levels(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.level_count()).filter_map(|number| self.level(number))
    }

    /// Returns the number of a level that no training row has; `None` if it is an error.
    #[cfg(feature = "keras")]
    pub(super) fn number_of_unknown(&self) -> Option<usize> {
        // no cell of a table is NaN
        self.number(Cell::Number(f64::NAN)).ok()
    }

    /// A level of the training rows, to show in a message.
    pub(super) fn example(&self) -> Option<&str> {
        self.words.get(self.most_frequent).map(String::as_str)
    }
}

/// A level of a column.
#[derive(Clone, Copy)]
enum Level<'a> {
    Number(f64),
    Text(&'a str),
}

impl<'a> Level<'a> {
    /// Returns the levels of a column, each with the number of its rows: numbers ascend, text is ordered by its characters.
    fn counted(column: ColumnView<'a>) -> Vec<(Self, usize)> {
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for cell in column.cells() {
            match cell {
                Cell::Missing => {}
                // 0 and -0 are one level
                Cell::Number(number) => numbers.push(number + 0.0),
                Cell::Text(text) => texts.push(text),
            }
        }
        numbers.sort_unstable_by(f64::total_cmp);
        texts.sort_unstable();
        let numbers = numbers.chunk_by(|a, b| a == b).map(|run| (Self::Number(run[0]), run.len()));
        numbers.chain(texts.chunk_by(|a, b| a == b).map(|run| (Self::Text(run[0]), run.len()))).collect()
    }
}

impl Default for Categorical {
    /// Levels of text.
    fn default() -> Self {
        Self::string()
    }
}

impl Describe for Categorical {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("is_integer", &mut self.is_integer);
        arguments.optional_count("max_tokens", &mut self.max_tokens, 1..);
        arguments.count("min_count", &mut self.min_count, 1..);
        let rules = [("own_slot", Unknown::OwnSlot), ("most_frequent", Unknown::MostFrequent), ("error", Unknown::Error)];
        arguments.choice("unknown", &mut self.unknown, &rules);
        let all = self.unknown != Unknown::Error || (self.min_count <= 1 && self.max_tokens.is_none());
        arguments.require(all, "unknown", "error", "another rule beside `min_count` or `max_tokens`, which leave levels out");
        let modes = [("one_hot", OutputMode::OneHot), ("int", OutputMode::Int)];
        let is_mode = modes.iter().any(|(_, mode)| *mode == self.output_mode);
        arguments.require(is_mode, "output_mode", format!("{:?}", self.output_mode), "OneHot or Int");
        arguments.choice("output_mode", &mut self.output_mode, &modes);
        arguments.flag("is_adapted", &mut self.is_adapted);
        arguments.words("words", &mut self.words);
        let ascends = self.words.is_sorted_by(|low, high| low < high);
        arguments.require(ascends, "words", format!("{:?}", self.words), "texts in ascending order, each once");
        arguments.numbers("numbers", &mut self.numbers, FINITE);
        let ascends = self.numbers.is_sorted_by(|low, high| low < high);
        arguments.require(ascends, "numbers", format!("{:?}", self.numbers), "numbers in ascending order, each once");
        arguments.flag("has_rare", &mut self.has_rare);
        arguments.flag("has_missing", &mut self.has_missing);
        let levels = self.words.len().max(self.numbers.len()).max(1);
        arguments.count("most_frequent", &mut self.most_frequent, ..levels);
    }
}
