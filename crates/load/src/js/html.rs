//! Native functions of `k6/html`: documents by number, nodes by position. What a Selection is, is in `lib/html.js`.

use super::api::throw;
use super::host::Host;
use crate::markup::{Document, Kind, NodeId, Selector};
use rquickjs::{Ctx, Function, Object};
use std::rc::Rc;

/// 10 000 pages a VU at once; pages that the script lost are freed by the engine.
const MAX_DOCUMENTS: usize = 10_000;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "htmlParse",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, text: String| {
            let mut documents = h.documents.borrow_mut();
            if documents.len() >= MAX_DOCUMENTS {
                return Err(throw(
                    &ctx,
                    &format!("more than {MAX_DOCUMENTS} HTML documents are kept in one VU"),
                ));
            }
            let id = h.events.number();
            documents.insert(id, Rc::new(Document::parse(&text)));
            Ok(id)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlFree",
        Function::new(ctx.clone(), move |id: u32| drop(h.documents.borrow_mut().remove(&id)))?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlFind",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, nodes: Vec<u32>, selector: String| {
            let (document, selector) = (document(&ctx, &h, id)?, read(&ctx, &selector)?);
            let mut found: Vec<NodeId> = nodes.iter().flat_map(|n| document.below(*n as NodeId)).collect();
            found.retain(|n| selector.matches(&document, *n));
            let mut seen = std::collections::HashSet::new();
            found.retain(|n| seen.insert(*n));
            Ok::<_, rquickjs::Error>(found.into_iter().map(|n| n as u32).collect::<Vec<u32>>())
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlMatches",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32, selector: String| {
            Ok::<_, rquickjs::Error>(
                read(&ctx, &selector)?.matches(&*document(&ctx, &h, id)?, node as NodeId),
            )
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlChildren",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            let document = document(&ctx, &h, id)?;
            let children = document.node(node as NodeId).map(|n| n.children.clone()).unwrap_or_default();
            Ok::<_, rquickjs::Error>(children.into_iter().map(|n| n as u32).collect::<Vec<u32>>())
        })?,
    )?;
    reading(ctx, host, native)
}

/// Functions that read one node.
fn reading<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    let h = Rc::clone(host);
    native.set(
        "htmlText",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            document(&ctx, &h, id).map(|d| d.text(node as NodeId))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlInner",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            document(&ctx, &h, id).map(|d| d.inner_html(node as NodeId))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlName",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            let document = document(&ctx, &h, id)?;
            let name = match document.node(node as NodeId).map(|n| &n.kind) {
                Some(Kind::Element(name, _)) => name.clone(),
                Some(Kind::Text(_)) => "#text".to_owned(),
                Some(Kind::Comment(_)) => "#comment".to_owned(),
                Some(Kind::Document) => "#document".to_owned(),
                Some(Kind::Doctype(_)) => "#doctype".to_owned(),
                None => String::new(),
            };
            Ok::<_, rquickjs::Error>(name)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlParent",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            let document = document(&ctx, &h, id)?;
            let parent = document.node(node as NodeId).map(|n| n.parent).filter(|p| *p != node as NodeId);
            Ok::<_, rquickjs::Error>(parent.map_or(-1.0, |p| p as f64))
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "htmlAttributes",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, id: u32, node: u32| {
            let (document, out) = (document(&ctx, &h, id)?, Object::new(ctx.clone())?);
            if let Some(Kind::Element(_, attributes)) = document.node(node as NodeId).map(|n| &n.kind) {
                for (name, value) in attributes {
                    out.set(name.as_str(), value.as_str())?;
                }
            }
            Ok::<_, rquickjs::Error>(out)
        })?,
    )
}

fn document(ctx: &Ctx<'_>, host: &Host, id: u32) -> rquickjs::Result<Rc<Document>> {
    host.documents.borrow().get(&id).cloned().ok_or_else(|| throw(ctx, "the HTML document is gone"))
}

fn read(ctx: &Ctx<'_>, selector: &str) -> rquickjs::Result<Selector> {
    Selector::parse(selector).map_err(|e| throw(ctx, &format!("invalid selector: {e}")))
}
