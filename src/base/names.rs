//! Names as Keras forms them.

/// Converts a name as Keras' `to_snake_case` does: `BatchNormalization` becomes `batch_normalization`, `ReLU` becomes `re_lu`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (i, &letter) in letters.iter().enumerate() {
        if letter.is_uppercase() && i > 0 && letters[i - 1] != '_' {
            let starts_word = letters.get(i + 1).is_some_and(|next| next.is_lowercase() || next.is_numeric());
            if starts_word || letters[i - 1].is_lowercase() {
                snake.push('_');
            }
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Returns `name` if it is free, else `name_1`, `name_2` and so on, with the smallest number that is free.
pub(crate) fn free_name(name: String, is_free: &dyn Fn(&String) -> bool) -> String {
    let numbered = (1..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| is_free(name)).unwrap_or(name.clone())
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_those_of_keras() {
        for (class, name) in [
            ("Dense", "dense"),
            ("BatchNormalization", "batch_normalization"),
            ("ReLU", "re_lu"),
            ("PReLU", "p_re_lu"),
            ("AUC", "auc"),
            ("R2Score", "r2_score"),
            ("TopKCategoricalAccuracy", "top_k_categorical_accuracy"),
            ("binary_accuracy", "binary_accuracy"),
        ] {
            assert_eq!(snake_case(class), name);
        }
    }
}
