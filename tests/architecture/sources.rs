//! Reads from the text of sources what they define and mention. Comments, literals and `#[cfg(test)]` items do not count.

use std::collections::{BTreeMap, BTreeSet};

/// A path of names from the root of the crate. The path of another crate's item begins with [`EXTERNAL`].
pub type Path = Vec<String>;
pub const EXTERNAL: &str = "::";

/// The text of each file by its path, `src/lib.rs` and so on.
pub type Tree = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text.starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

/// Names and punctuation, without comments, literals and numbers.
fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let (mut tokens, mut index, mut line) = (Vec::new(), 0, 1);
    while index < text.len() {
        let start = index;
        match at(index) {
            '/' if at(index + 1) == '/' => index += text[index..].iter().take_while(|&&c| c != '\n').count(),
            '/' if at(index + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= text.len() {
                        break;
                    }
                }
            }
            '"' => index = end_of_string(&text, index),
            '\'' if at(index + 1) == '\\' => {
                index += 3;
                index += text[index.min(text.len())..].iter().take_while(|&&c| c != '\'').count() + 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            c if c.is_alphanumeric() || c == '_' => {
                index += text[index..].iter().take_while(|&&c| c.is_alphanumeric() || c == '_').count();
                let name: String = text[start..index].iter().collect();
                let hashes = text[index..].iter().take_while(|&&c| c == '#').count();
                if matches!(name.as_str(), "r" | "br" | "cr") && at(index + hashes) == '"' {
                    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    index += hashes + 1;
                    while index < text.len() && !text[index..].starts_with(&end) {
                        index += 1;
                    }
                    index += end.len();
                } else {
                    tokens.push(Token { text: name, line });
                }
            }
            ':' if at(index + 1) == ':' => {
                tokens.push(Token { text: "::".to_string(), line });
                index += 2;
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token { text: c.to_string(), line });
                }
                index += 1;
            }
        }
        index = index.min(text.len());
        line += text[start..index].iter().filter(|&&c| c == '\n').count();
    }
    tokens
}

fn end_of_string(text: &[char], mut index: usize) -> usize {
    index += 1;
    while index < text.len() && text[index] != '"' {
        index += if text[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The index after the bracket that closes the one at `index`.
fn behind_bracket(tokens: &[Token], mut index: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    index
}

/// The tokens without test-only items, and the names of test-only modules that have a file of their own.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let (mut kept, mut files, mut index) = (Vec::new(), Vec::new(), 0);
    while index < tokens.len() {
        let attribute: String = tokens[index..].iter().take(7).map(|token| token.text.as_str()).collect();
        if !attribute.starts_with("#[cfg(test)") && !attribute.starts_with("#[cfg(all(test") {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        }
        while tokens.get(index).is_some_and(|token| token.text == "#") {
            index = behind_bracket(&tokens, index + 1);
        }
        let item = index;
        let is_use = |end: usize| tokens[item..end].iter().any(|token| token.text == "use");
        while let Some(token) = tokens.get(index) {
            match token.text.as_str() {
                "}" | ")" => break,
                ";" => {
                    index += 1;
                    break;
                }
                "{" => {
                    let imports = is_use(index);
                    index = behind_bracket(&tokens, index);
                    if !imports {
                        break;
                    }
                }
                "(" | "[" => index = behind_bracket(&tokens, index),
                _ => index += 1,
            }
        }
        if let [.., keyword, name, end] = &tokens[item..index]
            && keyword.text == "mod"
            && end.text == ";"
        {
            files.push(name.text.clone());
        }
    }
    (kept, files)
}

/// A path as it is written in a file.
pub struct Mention {
    pub file: String,
    pub line: usize,
    /// The module that mentions the path.
    module: Path,
    path: Path,
    /// The name that a `use` gives it.
    imported_as: Option<String>,
}

/// The definitions and mentions in the files of a crate.
#[derive(Default)]
pub struct Crate {
    pub modules: BTreeSet<Path>,
    items: BTreeSet<Path>,
    pub exported_macros: BTreeMap<String, Path>,
    pub mentions: Vec<Mention>,
    /// The paths that a module imports, by their names there; the key `*` has its glob imports.
    imports: BTreeMap<Path, Vec<Path>>,
}

/// The path of the module in a file.
pub fn module_of(file: &str) -> Path {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut path: Path = inner.split('/').map(str::to_string).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib")) {
        path.pop();
    }
    path
}

pub fn joined(module: &[String], name: &str) -> Path {
    [module, &[name.to_string()]].concat()
}

impl Crate {
    pub fn read(tree: &Tree) -> Self {
        let mut found = Self::default();
        let read = tree.iter().map(|(file, source)| (file, without_tests(tokens(source))));
        let files: Vec<_> = read.map(|(file, (tokens, tests))| (file, module_of(file), tokens, tests)).collect();
        let declared = files.iter().flat_map(|(_, module, _, tests)| tests.iter().map(|test| joined(module, test)));
        let for_tests: Vec<Path> = declared.collect();
        for (file, module, tokens, _) in &files {
            if !for_tests.iter().any(|test| module.starts_with(test)) {
                found.modules.insert(module.clone());
                found.read_file(file, module.clone(), tokens);
            }
        }
        let imported: Vec<_> =
            found.mentions.iter().filter_map(|mention| Some((mention, mention.imported_as.as_ref()?))).collect();
        let mut imports: BTreeMap<Path, Vec<Path>> = BTreeMap::new();
        for (mention, name) in imported {
            imports.entry(joined(&mention.module, name)).or_default().push(found.absolute(mention));
        }
        found.imports = imports;
        found
    }

    fn read_file(&mut self, file: &str, mut module: Path, tokens: &[Token]) {
        let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
        let (mut index, mut depth, mut inline) = (0_usize, 0_usize, Vec::new());
        while index < tokens.len() {
            let line = tokens[index].line;
            match text(index) {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        module.pop();
                    }
                }
                "use" => {
                    let mut leaves = Vec::new();
                    index = use_tree(tokens, index + 1, &[], &mut leaves);
                    for (path, name, line) in leaves {
                        let (file, module) = (file.to_string(), module.clone());
                        self.mentions.push(Mention { file, line, module, path, imported_as: Some(name) });
                    }
                    continue;
                }
                "mod" if text(index + 2) == "{" => {
                    module.push(text(index + 1).to_string());
                    self.modules.insert(module.clone());
                    inline.push(depth);
                    index += 2;
                    continue;
                }
                "macro_rules" => {
                    let exported = index >= 3 && text(index - 2) == "macro_export";
                    let item = joined(&module, text(index + 2));
                    if exported {
                        self.exported_macros.insert(text(index + 2).to_string(), item.clone());
                    }
                    self.items.insert(item);
                }
                "struct" | "enum" | "trait" | "fn" | "const" | "static" | "type" | "union" if depth == inline.len() => {
                    self.items.insert(joined(&module, text(index + 1)));
                }
                "crate" | "super" | "self" if text(index + 1) == "::" && (index == 0 || text(index - 1) != "::") => {
                    let mut path = vec![text(index).to_string()];
                    while text(index + 1) == "::" && tokens.get(index + 2).is_some_and(Token::is_name) {
                        path.push(text(index + 2).to_string());
                        index += 2;
                    }
                    self.mentions.push(Mention { file: file.to_string(), line, module: module.clone(), path, imported_as: None });
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// The path of a mention from the root of the crate.
    pub fn absolute(&self, mention: &Mention) -> Path {
        let mut module = mention.module.clone();
        let mut path = &mention.path[..];
        match path[0].as_str() {
            "crate" => (module, path) = (Vec::new(), &path[1..]),
            "self" => path = &path[1..],
            "super" => {}
            first => {
                let here = joined(&module, first);
                let known = self.modules.contains(&here) || self.items.contains(&here);
                return if known { [&module[..], path].concat() } else { [&[EXTERNAL.to_string()], path].concat() };
            }
        }
        while path.first().is_some_and(|first| first == "super") {
            module.pop();
            path = &path[1..];
        }
        [&module[..], path].concat()
    }

    /// The path of the definition, after all re-exports are resolved.
    pub fn definition(&self, path: &[String], steps: usize) -> Path {
        let mut module = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let here = joined(&module, name);
            if self.modules.contains(&here) {
                module = here;
                continue;
            }
            let (rest, globs) = (&path[index + 1..], joined(&module, "*"));
            let imported = self.imports.get(&here).and_then(|paths| paths.first());
            let from_glob = || {
                let mut globs = self.imports.get(&globs)?.iter().map(|glob| joined(&self.definition(glob, steps - 1), name));
                globs.find(|path| self.items.contains(path) || self.imports.contains_key(path) || self.modules.contains(path))
            };
            if steps > 0 && !self.items.contains(&here) {
                if let Some(target) = imported.cloned().or_else(from_glob).filter(|target| *target != here) {
                    return self.definition(&[&target[..], rest].concat(), steps - 1);
                }
                if let Some(target) = self.exported_macros.get(name).filter(|_| module.is_empty()) {
                    return target.clone();
                }
            }
            break;
        }
        path.to_vec()
    }
}

/// Reads the tree of a `use` from `index` on. Adds each path, its local name and its line, and returns the index after the tree.
fn use_tree(tokens: &[Token], mut index: usize, prefix: &[String], leaves: &mut Vec<(Path, String, usize)>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(index) {
        match token.text.as_str() {
            "{" => {
                index += 1;
                while tokens.get(index).is_some_and(|token| token.text != "}" && token.text != ";") {
                    index = use_tree(tokens, index, &path, leaves);
                    index += usize::from(tokens.get(index).is_some_and(|token| token.text == ","));
                }
                return index + 1;
            }
            "$" => index += 1,
            "::" if path.is_empty() => {
                path.push(EXTERNAL.to_string());
                index += 1;
            }
            "::" => index += 1,
            "*" => {
                leaves.push((path, "*".to_string(), token.line));
                return index + 1;
            }
            _ if token.is_name() => {
                if token.text != "self" || path.is_empty() {
                    path.push(token.text.clone());
                }
                index += 1;
                let mut name = path.last().cloned().unwrap_or_default();
                if tokens.get(index).is_some_and(|next| next.text == "as") {
                    name = tokens.get(index + 1).map_or(name, |alias| alias.text.clone());
                    index += 2;
                }
                if tokens.get(index).is_none_or(|next| next.text != "::") {
                    leaves.push((path, name, token.line));
                    return index;
                }
            }
            _ => return index + 1,
        }
    }
    index
}
