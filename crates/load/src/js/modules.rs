//! Modules: the script, what it imports or requires, and k6's own.
//!
//! Module names are `file:///absolute/path`, so that stack traces name files and cycles end where they began. A file that
//! has no `import` or `export` statement is CommonJS. k6's modules are small files under `lib/`, made when first used.

use super::host::Host;
use super::vu;
use crate::run::files::{Files, SCHEME};
use rquickjs::context::EvalOptions;
use rquickjs::loader::{ImportAttributes, Loader as LoadModule, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Exception, Function, Module, Object, Value};
use std::path::Path;
use std::rc::Rc;

/// The modules of `lib/`.
const LIBRARY: &[(&str, &str)] = &[
    ("k6", include_str!("lib/k6.js")),
    ("k6/http", include_str!("lib/http.js")),
    ("k6/metrics", include_str!("lib/metrics.js")),
    ("k6/execution", include_str!("lib/execution.js")),
    ("k6/data", include_str!("lib/data.js")),
    ("k6/encoding", include_str!("lib/encoding.js")),
    ("k6/crypto", include_str!("lib/crypto.js")),
    ("k6/timers", include_str!("lib/timers.js")),
    ("k6/options", include_str!("lib/options.js")),
    ("k6/html", include_str!("lib/html.js")),
    ("k6/ws", include_str!("lib/ws.js")),
    ("k6/websockets", include_str!("lib/websockets.js")),
    ("k6/experimental/websockets", include_str!("lib/websockets.js")),
];
const PRELUDE: &str = include_str!("lib/prelude.js");
/// Where synthetic modules find the objects they export, only while the script is being loaded.
const EXPORTS: &str = "__exportsOf";

/// Resolves and loads for `import`.
pub(crate) struct Loader(pub(crate) Rc<Host>);

/// Sets the globals up and loads the script. Returns the prelude's object and what the script exports.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<(Object<'js>, Object<'js>)> {
    let native = super::api::natives(ctx, host)?;
    install(ctx, host, &native)?;
    let prelude: Function<'js> = evaluate(ctx, "k6/prelude", PRELUDE)?;
    let glue: Object<'js> = prelude.call((native,))?;
    ctx.globals().set(EXPORTS, glue.get::<_, Value<'js>>("exportsOf")?)?;
    let main = host.shared.files.main.clone();
    let source = host.shared.files.source.to_string();
    refuse_typescript(ctx, &main)?;
    let exports = if is_module(&source) {
        let (module, promise) = Module::declare(ctx.clone(), main, source)?.eval()?;
        vu::settle_module(ctx, host, &glue, &promise)?;
        module.namespace()?
    } else {
        let require: Function<'js> = glue.get("require")?;
        require.call((main.as_str(), main.as_str()))?
    };
    ctx.globals().remove(EXPORTS)?;
    Ok((glue, exports))
}

/// Native functions that have to do with files.
fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "library",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, name: String| {
            match LIBRARY.iter().find(|(n, _)| *n == name) {
                Some((name, source)) => evaluate::<Value<'js>>(&ctx, name, source),
                None => Err(Exception::throw_message(&ctx, &unknown_module(&name))),
            }
        })?,
    )?;
    native.set(
        "resolve",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, base: String, name: String| {
            resolve(&base, &name).map_err(|e| Exception::throw_message(&ctx, &e))
        })?,
    )?;
    native.set(
        "requireFile",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, name: String, module: Object<'js>, require: Value<'js>| {
                require_file(&ctx, &h, &name, &module, require)
            },
        )?,
    )?;
    native.set("main", host.shared.files.main.as_str())?;
    let h = Rc::clone(host);
    let open = Function::new(ctx.clone(), move |ctx: Ctx<'js>, base: String, path: String, binary: bool| {
        open(&ctx, &h, &base, &path, binary)
    })?;
    native.set("open", open)
}

fn resolve(base: &str, name: &str) -> Result<String, String> {
    if name == "k6" || name.starts_with("k6/") {
        return Ok(name.to_owned());
    }
    Files::resolve(base, name)
}

fn unknown_module(name: &str) -> String {
    if name.starts_with("k6/x/") {
        return format!("unknown module: {name}; extensions are not supported");
    }
    format!("unknown module: {name}")
}

fn evaluate<'js, T: rquickjs::FromJs<'js>>(ctx: &Ctx<'js>, name: &str, source: &str) -> rquickjs::Result<T> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(source, options)
}

fn open<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    base: &str,
    path: &str,
    binary: bool,
) -> rquickjs::Result<Value<'js>> {
    if !host.in_init.get() {
        let message = "the \"open()\" function is only available in the init stage (i.e. the global scope), see \
                       https://grafana.com/docs/k6/latest/using-k6/test-lifecycle for more information";
        return Err(Exception::throw_message(ctx, message));
    }
    if path.is_empty() {
        return Err(Exception::throw_message(ctx, "open() can't be used with an empty filename"));
    }
    let bytes =
        host.shared.files.read(&Files::path(base, path)).map_err(|e| Exception::throw_message(ctx, &e))?;
    if binary {
        return super::bytes::buffer(ctx, &bytes);
    }
    let text = rquickjs::String::from_str(ctx.clone(), &String::from_utf8_lossy(&bytes))?;
    Ok(text.into_value())
}

fn source_of(ctx: &Ctx<'_>, host: &Host, name: &str) -> rquickjs::Result<String> {
    if name == host.shared.files.main {
        return Ok(host.shared.files.source.to_string());
    }
    refuse_typescript(ctx, name)?;
    let path = name.strip_prefix(SCHEME).unwrap_or(name);
    let bytes = host.shared.files.read(Path::new(path)).map_err(|e| {
        Exception::throw_message(
            ctx,
            &format!("The moduleSpecifier \"{name}\" couldn't be found on local disk: {e}"),
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn refuse_typescript(ctx: &Ctx<'_>, name: &str) -> rquickjs::Result<()> {
    if name.ends_with(".ts") || name.ends_with(".tsx") {
        let message = format!(
            "{name}: TypeScript is not supported; turn it into JavaScript first (for example with esbuild)"
        );
        return Err(Exception::throw_message(ctx, &message));
    }
    Ok(())
}

/// Runs a file for `require()`: CommonJS in a function of its own, an ES module as a module. Returns its exports.
fn require_file<'js>(
    ctx: &Ctx<'js>,
    host: &Rc<Host>,
    name: &str,
    module: &Object<'js>,
    require: Value<'js>,
) -> rquickjs::Result<Value<'js>> {
    let source = source_of(ctx, host, name)?;
    if is_module(&source) {
        let promise = Module::import(ctx, name)?;
        while ctx.execute_pending_job() {}
        return promise
            .result()
            .unwrap_or_else(|| Err(Exception::throw_message(ctx, "a required module awaits something")));
    }
    // On the first line, so that line numbers stay those of the file.
    let wrapped: Function<'js> =
        evaluate(ctx, name, &format!("(function (module, exports, require) {{ {source}\n}})"))?;
    let exports: Value<'js> = module.get("exports")?;
    wrapped.call::<_, Value<'js>>((module.clone(), exports, require))?;
    module.get("exports")
}

impl Resolver for Loader {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        resolve(base, name).map_err(|e| Exception::throw_message(ctx, &e))
    }
}

impl LoadModule for Loader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        if name.starts_with(SCHEME) {
            let source = source_of(ctx, &self.0, name)?;
            if is_module(&source) {
                return Module::declare(ctx.clone(), name, source);
            }
        }
        let exports_of: Function<'js> = ctx.globals().get(EXPORTS).map_err(|_| {
            Exception::throw_message(ctx, &format!("{name} can only be imported in the init context"))
        })?;
        let exports: Value<'js> = exports_of.call((name,))?;
        let names = exports.as_object().map(|o| o.keys::<String>().collect::<rquickjs::Result<Vec<_>>>());
        let names = names.transpose()?.unwrap_or_default();
        let mut source =
            format!("const m = {EXPORTS}({});\nexport default m;\n", serde_json::Value::from(name));
        for export in names.iter().filter(|n| is_identifier(n)) {
            source.push_str(&format!("export const {export} = m.{export};\n"));
        }
        Module::declare(ctx.clone(), name, source)
    }
}

/// Whether a name may be declared with `const`.
fn is_identifier(name: &str) -> bool {
    const RESERVED: [&str; 10] =
        ["default", "delete", "new", "class", "function", "import", "export", "return", "m", EXPORTS];
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && !RESERVED.contains(&name)
}

/// Whether a source has `import` or `export` statements outside strings, comments and blocks.
fn is_module(source: &str) -> bool {
    let bytes = source.as_bytes();
    let (mut at, mut depth, mut fresh) = (0, 0i32, true);
    while at < bytes.len() {
        let rest = &bytes[at..];
        match bytes[at] {
            b'/' if rest.starts_with(b"//") => {
                at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
            }
            b'/' if rest.starts_with(b"/*") => at += find(rest, b"*/").map_or(rest.len(), |end| end + 2),
            quote @ (b'"' | b'\'' | b'`') => {
                at += string_length(rest, quote);
                fresh = false;
            }
            b'{' | b'(' | b'[' => {
                (depth, fresh) = (depth + 1, true);
                at += 1;
            }
            b'}' | b')' | b']' => {
                (depth, fresh) = (depth - 1, true);
                at += 1;
            }
            b';' | b'\n' => {
                fresh = true;
                at += 1;
            }
            b if b.is_ascii_whitespace() => at += 1,
            b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' => {
                let end = rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
                let word = &rest[..end.unwrap_or(rest.len())];
                let after = rest[word.len()..].iter().find(|b| !b.is_ascii_whitespace());
                // A bracket in a regular expression upsets the depth; at the start of a line the word is a statement all the same.
                let outside = depth <= 0 || at == 0 || bytes[at - 1] == b'\n';
                let statement =
                    word == b"export" || (word == b"import" && !matches!(after, Some(b'(' | b'.')));
                if outside && fresh && statement {
                    return true;
                }
                fresh = false;
                at += word.len();
            }
            _ => {
                fresh = false;
                at += 1;
            }
        }
    }
    false
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

/// The length of a string or template that begins `bytes`, quotes included. A quote of one line ends with its line: what
/// looked like one may stand in a regular expression.
fn string_length(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            b'\n' if quote != b'`' => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn modules_are_told_from_commonjs() {
        for yes in [
            "import x from 'y'",
            "/* a */ export default 1",
            "let a = '`';\nexport { a }",
            "const r = /['\"]/;\nimport 'x'",
            "export{a}",
            "import{a}from'b'",
        ] {
            assert!(is_module(yes), "{yes}");
        }
        for no in [
            "module.exports = 1",
            "// export default\n",
            "const a = 'x;\\nexport default 1'",
            "import('x')",
            "x.export = 1",
            "`\nexport 1`",
        ] {
            assert!(!is_module(no), "{no}");
        }
    }

    proptest! {
        #[test]
        fn no_source_panics(source in "\\PC{0,60}") {
            let _ = is_module(&source);
        }
    }
}
