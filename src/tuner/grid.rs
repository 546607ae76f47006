//! The points of a grid over the space of a search.

use super::hyper_parameters::HyperParameters;
use super::plan::Plan;
use super::space::{Describe, Settings, Space};
use crate::base::{Error, Result};
use std::collections::VecDeque;

/// Returns all points of the grid: every combination of the values of each name, for names that exist in it.
///
/// # Errors
///
/// The grid has more points than the plan allows, or a range is not allowed.
pub(super) fn points(space: &mut Space, describe: &Describe<'_>, plan: &Plan) -> Result<VecDeque<Settings>> {
    let (along, most) = (plan.grid_points.unwrap_or(3), plan.most_points.unwrap_or(1000));
    let mut found = VecDeque::new();
    // The names that a run has asked for, each with its values and the number of the present one.
    let mut place: Vec<(String, Vec<super::Setting>, usize)> = Vec::new();
    loop {
        let present = place.iter().map(|(name, values, index)| (name.clone(), values[*index].clone())).collect();
        let hp = space.run(describe, HyperParameters::given(0, present))?;
        if let Some(next) = hp.asked.iter().find(|asked| place.iter().all(|(name, ..)| *name != asked.name)) {
            place.push((next.name.clone(), next.domain.grid(along), 0));
            continue;
        }
        found.push_back(hp.settings());
        if found.len() > most {
            let count = |total: usize, name: &super::space::Name| total.saturating_mul(name.domain.grid(along).len());
            let value = format!("up to {}", space.names.iter().fold(1, count));
            let allowed = format!("at most {most}: give ranges steps or fewer options, set `most_points`, or use another search");
            return Err(Error::argument("GridSearch", "points", value, allowed));
        }
        while place.last().is_some_and(|(_, values, index)| index + 1 == values.len()) {
            place.pop();
        }
        match place.last_mut() {
            None => return Ok(found),
            Some((.., index)) => *index += 1,
        }
    }
}
