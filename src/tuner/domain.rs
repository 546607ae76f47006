//! The values that one hyperparameter may take.

use super::Setting;
use std::fmt;

/// The values that one hyperparameter may take.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Domain {
    Int { low: i64, high: i64, step: i64, log: bool },
    Float { low: f64, high: f64, step: Option<f64>, log: bool },
    Choice(Vec<Setting>),
}

impl Domain {
    /// Returns what is wrong with the range: the value found, and what is allowed.
    pub(super) fn problem(&self) -> Option<(String, &'static str)> {
        let found = self.to_string();
        let allowed = match *self {
            Self::Int { low, high, .. } if low > high => "a range whose start is not above its end",
            Self::Int { low: ..1, log: true, .. } => "a logarithmic range that starts above 0",
            Self::Int { step: ..1, .. } => "a step of at least 1",
            Self::Float { low, high, .. } if !(low.is_finite() && high.is_finite()) => "a range of finite numbers",
            Self::Float { low, high, .. } if low > high => "a range whose start is not above its end",
            Self::Float { low, log: true, .. } if low <= 0.0 => "a logarithmic range that starts above 0",
            Self::Float { step: Some(step), .. } if !(step > 0.0 && step.is_finite()) => "a step above 0",
            Self::Choice(ref options) if options.is_empty() => "at least one option",
            Self::Choice(ref options) if (1..options.len()).any(|end| options[..end].contains(&options[end])) => {
                "options that all differ"
            }
            _ => return None,
        };
        Some((found, allowed))
    }

    /// Returns the number of values; `None` for a range of numbers without steps.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::Int { low, high, step, .. } => usize::try_from((high - low) / step + 1).ok(),
            Self::Float { low, high, step: Some(step), .. } => Some(((high - low) / step + 1e-9).floor() as usize + 1),
            Self::Float { low, high, .. } if low == high => Some(1),
            Self::Float { .. } => None,
            Self::Choice(options) => Some(options.len()),
        }
    }

    /// Returns the value number `index` of those that [`count`](Self::count) counts.
    fn nth(&self, index: usize) -> Setting {
        match self {
            Self::Int { low, step, .. } => Setting::Int(low + step * index as i64),
            Self::Float { low, high, step, .. } => Setting::Float((low + step.unwrap_or(0.0) * index as f64).min(*high)),
            Self::Choice(options) => options[index.min(options.len() - 1)].clone(),
        }
    }

    /// Returns the value at a coordinate from 0 to 1.
    pub(super) fn at(&self, unit: f64) -> Setting {
        let unit = unit.clamp(0.0, 1.0);
        match (self, self.ends()) {
            (Self::Int { low, high, log: true, .. }, Some((start, end))) => {
                let value = (start + unit * (end - start)).exp().round() as i64;
                Setting::Int(value.clamp(*low, *high))
            }
            (Self::Float { low, high, step: None, log }, Some((start, end))) => {
                let value = start + unit * (end - start);
                // the twelve digits that are kept make the middle of 1e-3..=1e-1 the 1e-2 that a default may be
                let digits = |value: f64| format!("{value:.11e}").parse().unwrap_or(value);
                Setting::Float(if *log { digits(value.exp()) } else { value }.clamp(*low, *high))
            }
            _ => {
                let count = self.count().unwrap_or(1);
                self.nth(((unit * count as f64) as usize).min(count - 1))
            }
        }
    }

    /// Returns the coordinate of a value, for which [`at`](Self::at) returns the value again.
    pub(super) fn unit(&self, setting: &Setting) -> f64 {
        let within = |value: f64, (start, end): (f64, f64)| if end > start { (value - start) / (end - start) } else { 0.5 };
        let unit = match (self, setting.to_f64(), self.ends()) {
            (Self::Int { log: true, .. }, Some(value), Some(ends)) => within(value.ln(), ends),
            (Self::Float { step: None, log, .. }, Some(value), Some(ends)) => within(if *log { value.ln() } else { value }, ends),
            (Self::Int { low, step, .. }, Some(value), _) => self.cell((value - *low as f64) / *step as f64),
            (Self::Float { low, step: Some(step), .. }, Some(value), _) => self.cell(((value - low) / step).round()),
            (Self::Choice(options), ..) => self.cell(options.iter().position(|o| o == setting).unwrap_or(0) as f64),
            _ => 0.5,
        };
        unit.clamp(0.0, 1.0)
    }

    /// Returns the middle of the coordinates of a value of those that are counted.
    fn cell(&self, index: f64) -> f64 {
        (index + 0.5) / self.count().unwrap_or(1) as f64
    }

    /// Returns the numbers, or their logarithms, that the coordinates 0 and 1 stand for.
    fn ends(&self) -> Option<(f64, f64)> {
        match *self {
            // each whole number has the share of the numbers that are rounded to it
            Self::Int { low, high, log: true, .. } => Some(((low as f64 - 0.5).ln(), (high as f64 + 0.5).ln())),
            Self::Float { low, high, step: None, log: true } => Some((low.ln(), high.ln())),
            Self::Float { low, high, step: None, .. } => Some((low, high)),
            _ => None,
        }
    }

    /// Returns the middle of the range, the geometric one of a logarithmic range; the first of several options.
    pub(super) fn middle(&self) -> Setting {
        match *self {
            Self::Int { low, high, log: true, .. } => {
                Setting::Int(((low as f64 * high as f64).sqrt().round() as i64).clamp(low, high))
            }
            Self::Choice(_) => self.nth(0),
            _ => self.at(0.5),
        }
    }

    /// Returns the setting as a value of this domain, or `None` if it is none.
    pub(super) fn accept(&self, setting: &Setting) -> Option<Setting> {
        match (self, setting) {
            (Self::Int { low, high, step, log }, Setting::Int(value)) => {
                let on_step = *log || (value - low) % step == 0;
                (on_step && (low..=high).contains(&value)).then(|| setting.clone())
            }
            (Self::Float { low, high, .. }, Setting::Int(_) | Setting::Float(_)) => {
                let value = setting.to_f64()?;
                (*low <= value && value <= *high).then_some(Setting::Float(value))
            }
            (Self::Choice(options), _) => {
                let equal =
                    |option: &&Setting| *option == setting || (option.to_f64().is_some() && option.to_f64() == setting.to_f64());
                options.iter().find(equal).cloned()
            }
            _ => None,
        }
    }

    /// Returns the values that a dry run visits: each option, or both ends of a range of whole numbers.
    pub(super) fn visited(&self) -> Vec<Setting> {
        match self {
            Self::Int { low, high, log, .. } => {
                let last = if *log { Setting::Int(*high) } else { self.nth(self.count().unwrap_or(1) - 1) };
                if low == high { vec![Setting::Int(*low)] } else { vec![Setting::Int(*low), last] }
            }
            Self::Choice(options) => options.clone(),
            Self::Float { .. } => Vec::new(),
        }
    }

    /// Returns the values of a grid: all that are counted, but at most `points` of a range without steps.
    pub(super) fn grid(&self, points: usize) -> Vec<Setting> {
        let spread = |points: usize| {
            let mut values: Vec<Setting> = Vec::new();
            for point in 0..points {
                let value = self.at(if points > 1 { point as f64 / (points - 1) as f64 } else { 0.5 });
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            values
        };
        match (self, self.count()) {
            (Self::Int { step: 1, .. }, Some(count)) if count > points => spread(points),
            (_, Some(count)) => (0..count).map(|index| self.nth(index)).collect(),
            (_, None) => spread(points),
        }
    }

    /// Returns whether a value is an end of a range, within 5 % of its length; options have no ends.
    pub(super) fn is_at_edge(&self, setting: &Setting) -> bool {
        match self {
            Self::Choice(_) => false,
            Self::Int { low, high, .. } if high - low < 2 => false,
            Self::Int { low, high, log: false, .. } => [Setting::Int(*low), Setting::Int(*high)].contains(setting),
            _ => !(0.05..=0.95).contains(&self.unit(setting)),
        }
    }

    /// Returns whether the values are options without an order.
    pub(super) fn is_choice(&self) -> bool {
        matches!(self, Self::Choice(_))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int { low, high, step, log } => {
                write!(f, "{low}..={high}")?;
                if *step != 1 {
                    write!(f, " in steps of {step}")?;
                }
                if *log { f.write_str(", logarithmic") } else { Ok(()) }
            }
            Self::Float { low, high, step, log } => {
                write!(f, "{low:?}..={high:?}")?;
                if let Some(step) = step {
                    write!(f, " in steps of {step:?}")?;
                }
                if *log { f.write_str(", logarithmic") } else { Ok(()) }
            }
            Self::Choice(options) => {
                let options: Vec<String> = options.iter().map(|option| format!("{option}")).collect();
                write!(f, "[{}]", options.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Vec<Domain> {
        vec![
            Domain::Int { low: 1, high: 3, step: 1, log: false },
            Domain::Int { low: 10, high: 31, step: 10, log: false },
            Domain::Int { low: 8, high: 256, step: 1, log: true },
            Domain::Float { low: 0.0, high: 0.5, step: None, log: false },
            Domain::Float { low: 0.0, high: 0.5, step: Some(0.1), log: false },
            Domain::Float { low: 1e-4, high: 1e-1, step: None, log: true },
            Domain::Choice(vec!["adam".into(), "sgd".into()]),
            Domain::Choice(vec![false.into(), true.into()]),
        ]
    }

    #[test]
    fn a_value_and_its_coordinate_stand_for_each_other() {
        for domain in domains() {
            assert_eq!(domain.problem(), None);
            for step in 0..=20 {
                let value = domain.at(f64::from(step) / 20.0);
                let again = domain.at(domain.unit(&value));
                let (a, b) = (value.to_f64().unwrap_or(0.0), again.to_f64().unwrap_or(0.0));
                assert!(value == again || (a - b).abs() < 1e-12 * (1.0 + a.abs()), "{domain}: {value} {again}");
                assert!(domain.accept(&value).is_some(), "{domain}: {value}");
            }
            assert!(domain.grid(3).contains(&domain.at(0.0)) && domain.grid(3).contains(&domain.at(1.0)), "{domain}");
        }
    }

    #[test]
    fn the_middle_of_each_range() {
        let middles: Vec<String> = domains().iter().map(|domain| domain.middle().to_string()).collect();
        assert_eq!(middles, ["2", "20", "45", "0.25", "0.3", "0.003162", "adam", "false"]);
        let counts: Vec<_> = domains().iter().map(Domain::count).collect();
        assert_eq!(counts, [Some(3), Some(3), Some(249), None, Some(6), None, Some(2), Some(2)]);
    }
}
