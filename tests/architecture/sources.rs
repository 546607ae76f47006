//! What sources define and mention, read as text: comments, literals and `#[cfg(test)]` items do not count.

use std::collections::{BTreeMap, BTreeSet};

/// A path of names from the root of the crate; that of an item of another crate begins with [`EXTERNAL`].
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
    let at = |place: usize| text.get(place).copied().unwrap_or('\0');
    let (mut tokens, mut place, mut line) = (Vec::new(), 0, 1);
    while place < text.len() {
        let start = place;
        match at(place) {
            '/' if at(place + 1) == '/' => place += text[place..].iter().take_while(|&&c| c != '\n').count(),
            '/' if at(place + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(place), at(place + 1)) {
                        ('/', '*') => (depth, place) = (depth + 1, place + 2),
                        ('*', '/') => (depth, place) = (depth - 1, place + 2),
                        _ => place += 1,
                    }
                    if depth == 0 || place >= text.len() {
                        break;
                    }
                }
            }
            '"' => place = end_of_string(&text, place),
            '\'' if at(place + 1) == '\\' => {
                place += 3;
                place += text[place.min(text.len())..].iter().take_while(|&&c| c != '\'').count() + 1;
            }
            '\'' if at(place + 2) == '\'' => place += 3,
            c if c.is_alphanumeric() || c == '_' => {
                place += text[place..].iter().take_while(|&&c| c.is_alphanumeric() || c == '_').count();
                let name: String = text[start..place].iter().collect();
                let hashes = text[place..].iter().take_while(|&&c| c == '#').count();
                if matches!(name.as_str(), "r" | "br" | "cr") && at(place + hashes) == '"' {
                    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    place += hashes + 1;
                    while place < text.len() && !text[place..].starts_with(&end) {
                        place += 1;
                    }
                    place += end.len();
                } else {
                    tokens.push(Token { text: name, line });
                }
            }
            ':' if at(place + 1) == ':' => {
                tokens.push(Token { text: "::".to_string(), line });
                place += 2;
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token { text: c.to_string(), line });
                }
                place += 1;
            }
        }
        place = place.min(text.len());
        line += text[start..place].iter().filter(|&&c| c == '\n').count();
    }
    tokens
}

fn end_of_string(text: &[char], mut place: usize) -> usize {
    place += 1;
    while place < text.len() && text[place] != '"' {
        place += if text[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

/// Behind the bracket that closes the one at `place`.
fn behind_bracket(tokens: &[Token], mut place: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    place
}

/// The tokens without the items that are there for tests only, and the modules among these that have a file of their own.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let (mut kept, mut files, mut place) = (Vec::new(), Vec::new(), 0);
    while place < tokens.len() {
        let attribute: String = tokens[place..].iter().take(7).map(|token| token.text.as_str()).collect();
        if !attribute.starts_with("#[cfg(test)") && !attribute.starts_with("#[cfg(all(test") {
            kept.push(tokens[place].clone());
            place += 1;
            continue;
        }
        while tokens.get(place).is_some_and(|token| token.text == "#") {
            place = behind_bracket(&tokens, place + 1);
        }
        let item = place;
        let is_use = |end: usize| tokens[item..end].iter().any(|token| token.text == "use");
        while let Some(token) = tokens.get(place) {
            match token.text.as_str() {
                "}" | ")" => break,
                ";" => {
                    place += 1;
                    break;
                }
                "{" => {
                    let imports = is_use(place);
                    place = behind_bracket(&tokens, place);
                    if !imports {
                        break;
                    }
                }
                "(" | "[" => place = behind_bracket(&tokens, place),
                _ => place += 1,
            }
        }
        if let [.., keyword, name, end] = &tokens[item..place]
            && keyword.text == "mod"
            && end.text == ";"
        {
            files.push(name.text.clone());
        }
    }
    (kept, files)
}

/// A path as a file writes it.
pub struct Mention {
    pub file: String,
    pub line: usize,
    /// The module that it stands in, and that module's name for it where it is a `use`.
    module: Path,
    path: Path,
    imported_as: Option<String>,
}

/// What the files of a crate define and mention.
#[derive(Default)]
pub struct Crate {
    pub modules: BTreeSet<Path>,
    items: BTreeSet<Path>,
    pub exported_macros: BTreeMap<String, Path>,
    pub mentions: Vec<Mention>,
    /// What a module has from elsewhere, by its name there; under `*`, every module of which it has everything.
    imports: BTreeMap<Path, Vec<Path>>,
}

/// The module that a file is.
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
        let text = |place: usize| tokens.get(place).map_or("", |token| token.text.as_str());
        let (mut place, mut depth, mut inline) = (0_usize, 0_usize, Vec::new());
        while place < tokens.len() {
            let line = tokens[place].line;
            match text(place) {
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
                    place = use_tree(tokens, place + 1, &[], &mut leaves);
                    for (path, name, line) in leaves {
                        let (file, module) = (file.to_string(), module.clone());
                        self.mentions.push(Mention { file, line, module, path, imported_as: Some(name) });
                    }
                    continue;
                }
                "mod" if text(place + 2) == "{" => {
                    module.push(text(place + 1).to_string());
                    self.modules.insert(module.clone());
                    inline.push(depth);
                    place += 2;
                    continue;
                }
                "macro_rules" => {
                    let exported = place >= 3 && text(place - 2) == "macro_export";
                    let item = joined(&module, text(place + 2));
                    if exported {
                        self.exported_macros.insert(text(place + 2).to_string(), item.clone());
                    }
                    self.items.insert(item);
                }
                "struct" | "enum" | "trait" | "fn" | "const" | "static" | "type" | "union" if depth == inline.len() => {
                    self.items.insert(joined(&module, text(place + 1)));
                }
                "crate" | "super" | "self" if text(place + 1) == "::" && (place == 0 || text(place - 1) != "::") => {
                    let mut path = vec![text(place).to_string()];
                    while text(place + 1) == "::" && tokens.get(place + 2).is_some_and(Token::is_name) {
                        path.push(text(place + 2).to_string());
                        place += 2;
                    }
                    self.mentions.push(Mention { file: file.to_string(), line, module: module.clone(), path, imported_as: None });
                }
                _ => {}
            }
            place += 1;
        }
    }

    /// The path that a mention means, from the root of the crate.
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

    /// Where something is defined, behind all re-exports on the way.
    pub fn definition(&self, path: &[String], steps: usize) -> Path {
        let mut module = Vec::new();
        for (place, name) in path.iter().enumerate() {
            let here = joined(&module, name);
            if self.modules.contains(&here) {
                module = here;
                continue;
            }
            let (rest, globs) = (&path[place + 1..], joined(&module, "*"));
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

/// Reads the tree of a `use` from `place` on: each path, what it is called here, and its line. Gives the place behind it.
fn use_tree(tokens: &[Token], mut place: usize, prefix: &[String], leaves: &mut Vec<(Path, String, usize)>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(place) {
        match token.text.as_str() {
            "{" => {
                place += 1;
                while tokens.get(place).is_some_and(|token| token.text != "}" && token.text != ";") {
                    place = use_tree(tokens, place, &path, leaves);
                    place += usize::from(tokens.get(place).is_some_and(|token| token.text == ","));
                }
                return place + 1;
            }
            "$" => place += 1,
            "::" if path.is_empty() => {
                path.push(EXTERNAL.to_string());
                place += 1;
            }
            "::" => place += 1,
            "*" => {
                leaves.push((path, "*".to_string(), token.line));
                return place + 1;
            }
            _ if token.is_name() => {
                if token.text != "self" || path.is_empty() {
                    path.push(token.text.clone());
                }
                place += 1;
                let mut name = path.last().cloned().unwrap_or_default();
                if tokens.get(place).is_some_and(|next| next.text == "as") {
                    name = tokens.get(place + 1).map_or(name, |alias| alias.text.clone());
                    place += 2;
                }
                if tokens.get(place).is_none_or(|next| next.text != "::") {
                    leaves.push((path, name, token.line));
                    return place;
                }
            }
            _ => return place + 1,
        }
    }
    place
}
