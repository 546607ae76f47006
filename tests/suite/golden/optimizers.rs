use super::reference::{File, Tolerance, numbers, shape, spec, unknown_keys};
use layercake::optimizers::{Minimizer, Variable};
use layercake::prelude::*;
use layercake::saving::Registry;
use serde_json::Value as Json;

/// The keys that a case and a problem may have.
const KEYS: [&str; 6] = ["optimizer", "problem", "learning_rates", "params", "iterations", "params_finalized"];
const OF_PROBLEMS: [&str; 2] = ["initial", "gradients"];

/// The values of several tensors, one tensor after the other.
fn flat<T: Scalar>(tensors: &Json) -> Vec<T> {
    tensors.as_array().unwrap().iter().flat_map(numbers).map(T::of).collect()
}

fn variables(problem: &Json) -> Vec<Variable> {
    let initial = problem["initial"].as_array().unwrap();
    assert!(initial.len() <= 2, "a problem has a kernel and a bias");
    initial.iter().zip(["kernel", "bias"]).map(|(tensor, name)| Variable::new(name, shape(tensor))).collect()
}

fn assert_near<T: Scalar>(case: &Json, want: &Json, got: &[T], tolerance: Tolerance) {
    let got: Vec<f64> = got.iter().map(|value| value.to_f64()).collect();
    tolerance.assert(&serde_json::json!({"id": case["id"], "weights": want}), "weights", &got);
}

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let supported = |case: &Json| match registry.part::<dyn Optimizer<T>>(&spec(&case["optimizer"])) {
        Ok(_) => "supported".to_string(),
        Err(error) => error.to_string(),
    };
    let mut file = File::read("optimizers", &["problems", "cases"]);
    let problems = file.get("problems").clone();
    let mut unknown = Vec::new();
    problems.as_object().into_iter().flatten().for_each(|(_, problem)| unknown_keys(problem, "", &OF_PROBLEMS, &mut unknown));
    assert!(unknown.is_empty(), "problems of optimizers.json have keys that no test knows: {unknown:?}");
    file.each("cases", &KEYS, supported, &["supported"], |case, tolerance| {
        let tolerance = tolerance.in_type::<T>();
        let problem = &problems[case["problem"].as_str().unwrap()];
        let optimizer = registry.part::<dyn Optimizer<T>>(&spec(&case["optimizer"])).unwrap();
        let mut minimizer = Minimizer::new(optimizer.clone(), variables(problem)).unwrap();
        let mut weights: Vec<T> = flat(&problem["initial"]);
        for (number, gradients) in problem["gradients"].as_array().unwrap().iter().enumerate() {
            let rate = serde_json::json!({"id": case["id"], "rate": case["learning_rates"][number]});
            tolerance.assert(&rate, "rate", &[minimizer.learning_rate()]);
            minimizer.apply(&mut weights, &flat(gradients)).unwrap();
            assert_near(case, &case["params"][number], &weights, tolerance);
            if number == 5 {
                // the stored values are the whole state, so another optimizer can continue from them
                let (saved, mut other) = (minimizer.variables(), Minimizer::new(optimizer.clone(), variables(problem)).unwrap());
                other.set_variables(&vec![T::zero(); weights.len()], &saved).unwrap();
                assert_eq!(other.variables(), saved);
                minimizer = other;
            }
        }
        assert_eq!(minimizer.iterations(), case["iterations"].as_u64().unwrap(), "{}", case["id"]);
        minimizer.finalize(&mut weights).unwrap();
        let finalized = case.get("params_finalized").or(case["params"].as_array().unwrap().last()).unwrap();
        assert_near(case, finalized, &weights, tolerance);
    });
    file
}

#[test]
fn optimizers_move_weights_as_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}
