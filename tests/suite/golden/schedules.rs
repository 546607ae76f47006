use super::reference::{File, numbers, spec};
use layercake::prelude::*;
use layercake::saving::Registry;

#[test]
fn schedules_give_the_rates_of_keras() {
    let registry = Registry::<f64>::default();
    let known: Vec<&str> = registry.schedules.names().collect();
    let mut file = File::read("schedules", &["cases"]);
    let class = |case: &serde_json::Value| case["schedule"]["class_name"].as_str().unwrap().to_string();
    file.each("cases", &["schedule", "steps", "values"], class, &known, |case, tolerance| {
        let schedule = registry.part::<dyn Schedule>(&spec(&case["schedule"])).unwrap();
        let rates: Vec<f64> = numbers(&case["steps"]).into_iter().map(|step| schedule.rate(step as u64)).collect();
        tolerance.assert(case, "values", &rates);
    });
    file.assert_all_used(&[]);
}
