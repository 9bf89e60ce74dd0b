//! A parsed page: what a browser would build, before any script runs.
//!
//! Parsing is html5ever's; this is only the tree that it builds, with plain strings, so that it can go to another thread.

use html5ever::{
    Attribute, LocalName, Namespace, ParseOpts, QualName, parse_document,
    tendril::{StrTendril, TendrilSink},
    tree_builder::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink},
};
use std::{borrow::Cow, cell::RefCell};

/// The document itself.
const ROOT: usize = 0;

/// A page is read until it has more nodes than this, or elements nested more deeply: the time that a parser takes grows
/// with their product, and browsers flatten what lies deeper than 512.
const MOST_NODES: usize = 300_000;
const DEEPEST: usize = 600;

/// Between two looks at the limits. A few kilobytes cannot make much of a page that kept them so far.
const PIECE: usize = 4096;

#[derive(Debug)]
enum Content {
    /// The document, a template's content, a comment.
    Nothing,
    Text(String),
    Element {
        name: QualName,
        attributes: Vec<(String, String)>,
    },
}

#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    depth: usize,
    children: Vec<usize>,
    content: Content,
}

/// A parsed page.
#[derive(Debug)]
pub(crate) struct Dom {
    nodes: Vec<Node>,
    quirks: bool,
    deepest: usize,
    cut: bool,
}

/// One element of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    dom: &'a Dom,
    at: usize,
}

impl Dom {
    pub(crate) fn parse(html: &str) -> Self {
        // With scripting, as visitors and the platforms' crawlers have it: `noscript` is text.
        let tree_builder = TreeBuilderOpts { scripting_enabled: true, ..TreeBuilderOpts::default() };
        let options = ParseOpts { tree_builder, ..ParseOpts::default() };
        let mut parser = parse_document(Sink::default(), options);
        let mut rest = html;
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.ceil_char_boundary(PIECE));
            parser.process(StrTendril::from(piece));
            rest = more;
            let dom = &mut *parser.tokenizer.sink.sink.dom.borrow_mut();
            if dom.nodes.len() > MOST_NODES || dom.deepest > DEEPEST {
                dom.cut = true;
                break;
            }
        }
        parser.finish()
    }

    /// Whether the page was too large, or nested too deeply, to be read to its end.
    pub(crate) const fn cut(&self) -> bool {
        self.cut
    }

    /// Whether a browser would lay the page out by the rules of the nineties.
    pub(crate) const fn quirks(&self) -> bool {
        self.quirks
    }

    /// Every element, in the order of the page.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.below(ROOT).filter_map(|at| self.element(at))
    }

    fn element(&self, at: usize) -> Option<Element<'_>> {
        matches!(self.nodes[at].content, Content::Element { .. }).then_some(Element { dom: self, at })
    }

    fn below(&self, at: usize) -> impl Iterator<Item = usize> {
        let mut stack: Vec<usize> = self.nodes[at].children.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let next = stack.pop()?;
            stack.extend(self.nodes[next].children.iter().rev());
            Some(next)
        })
    }
}

impl<'a> Element<'a> {
    pub(crate) fn name(self) -> &'a str {
        match &self.dom.nodes[self.at].content {
            Content::Element { name, .. } => &name.local,
            _ => "",
        }
    }

    pub(crate) fn is(self, name: &str) -> bool {
        self.name() == name
    }

    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        let Content::Element { attributes, .. } = &self.dom.nodes[self.at].content else { return None };
        attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// An attribute in small letters without spaces around it; empty if it is not there.
    pub(crate) fn word(self, name: &str) -> String {
        self.attribute(name).unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The text inside, with each run of white space as one space.
    pub(crate) fn text(self) -> String {
        squeezed(&self.raw_text())
    }

    /// The text inside without what is in elements of these names.
    pub(crate) fn text_without(self, names: &[&str]) -> String {
        let dom = self.dom;
        let mut text = String::new();
        let mut stack = vec![self.at];
        while let Some(at) = stack.pop() {
            match &dom.nodes[at].content {
                Content::Text(more) => text.push_str(more),
                Content::Element { name, .. } if names.contains(&&*name.local) => {}
                // Blocks stand apart even where no white space does.
                Content::Element { name, .. } => {
                    if !INLINE.contains(&&*name.local) {
                        text.push(' ');
                    }
                    stack.extend(dom.nodes[at].children.iter().rev());
                }
                Content::Nothing => stack.extend(dom.nodes[at].children.iter().rev()),
            }
        }
        squeezed(&text)
    }

    /// The text inside as it stands.
    pub(crate) fn raw_text(self) -> String {
        let dom = self.dom;
        dom.below(self.at)
            .filter_map(|at| match &dom.nodes[at].content {
                Content::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn inside(self) -> impl Iterator<Item = Element<'a>> {
        let dom = self.dom;
        dom.below(self.at).filter_map(|at| dom.element(at))
    }

    pub(crate) fn ancestors(self) -> impl Iterator<Item = Element<'a>> {
        let dom = self.dom;
        std::iter::successors(dom.nodes[self.at].parent, |at| dom.nodes[*at].parent)
            .filter_map(|at| dom.element(at))
    }

    pub(crate) fn is_in(self, name: &str) -> bool {
        self.ancestors().any(|above| above.is(name))
    }
}

/// Elements that stand within a line.
const INLINE: [&str; 12] = ["a", "abbr", "b", "code", "em", "i", "mark", "s", "small", "span", "strong", "u"];

fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// What the parser builds into.
struct Sink {
    dom: RefCell<Dom>,
}

impl Default for Sink {
    fn default() -> Self {
        let root = Node { parent: None, depth: 0, children: Vec::new(), content: Content::Nothing };
        Self { dom: RefCell::new(Dom { nodes: vec![root], quirks: false, deepest: 0, cut: false }) }
    }
}

impl Sink {
    fn add(&self, content: Content) -> usize {
        let nodes = &mut self.dom.borrow_mut().nodes;
        nodes.push(Node { parent: None, depth: 0, children: Vec::new(), content });
        nodes.len() - 1
    }

    fn put(&self, parent: usize, at: usize, child: NodeOrText<usize>) {
        let node = match child {
            NodeOrText::AppendNode(node) => {
                self.remove_from_parent(&node);
                node
            }
            NodeOrText::AppendText(more) => {
                let mut dom = self.dom.borrow_mut();
                let before = at.checked_sub(1).map(|before| dom.nodes[parent].children[before]);
                if let Some(Content::Text(text)) = before.map(|before| &mut dom.nodes[before].content) {
                    text.push_str(&more);
                    return;
                }
                drop(dom);
                self.add(Content::Text(more.to_string()))
            }
        };
        let dom = &mut *self.dom.borrow_mut();
        let depth = dom.nodes[parent].depth + 1;
        dom.deepest = dom.deepest.max(depth);
        let at = at.min(dom.nodes[parent].children.len());
        dom.nodes[parent].children.insert(at, node);
        dom.nodes[node].parent = Some(parent);
        dom.nodes[node].depth = depth;
    }

    fn end_of(&self, parent: usize) -> usize {
        self.dom.borrow().nodes[parent].children.len()
    }

    /// Its parent, and its place there.
    fn place_of(&self, node: usize) -> Option<(usize, usize)> {
        let nodes = &self.dom.borrow().nodes;
        let parent = nodes[node].parent?;
        // Most often the last: a page with many siblings would be slow otherwise.
        let at = nodes[parent].children.iter().rposition(|child| *child == node)?;
        Some((parent, at))
    }
}

fn owned(attributes: Vec<Attribute>) -> impl Iterator<Item = (String, String)> {
    attributes.into_iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
}

/// The name of an element, by itself: the parser keeps it while it changes the tree.
#[derive(Debug)]
struct Named(QualName);

impl ElemName for Named {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Dom;
    type ElemName<'a> = Named;

    fn finish(self) -> Dom {
        self.dom.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        ROOT
    }

    fn elem_name(&self, target: &usize) -> Named {
        match &self.dom.borrow().nodes[*target].content {
            Content::Element { name, .. } => Named(name.clone()),
            _ => unreachable!("the parser asks for names of elements only"),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.add(Content::Element { name, attributes: owned(attributes).collect() })
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(Content::Nothing)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(Content::Nothing)
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.put(*parent, self.end_of(*parent), child);
    }

    fn append_based_on_parent_node(&self, element: &usize, previous: &usize, child: NodeOrText<usize>) {
        if self.dom.borrow().nodes[*element].parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// A template shows nothing: its content hangs nowhere.
    fn get_template_contents(&self, _: &usize) -> usize {
        self.add(Content::Nothing)
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.dom.borrow_mut().quirks = mode == QuirksMode::Quirks;
    }

    fn append_before_sibling(&self, sibling: &usize, node: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &node {
            self.remove_from_parent(node);
        }
        if let Some((parent, at)) = self.place_of(*sibling) {
            self.put(parent, at, node);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, attributes: Vec<Attribute>) {
        let nodes = &mut self.dom.borrow_mut().nodes;
        let Content::Element { attributes: own, .. } = &mut nodes[*target].content else { return };
        for (name, value) in owned(attributes) {
            if own.iter().all(|(known, _)| *known != name) {
                own.push((name, value));
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        if let Some((parent, at)) = self.place_of(*target) {
            let nodes = &mut self.dom.borrow_mut().nodes;
            nodes[parent].children.remove(at);
            nodes[*target].parent = None;
        }
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let nodes = &mut self.dom.borrow_mut().nodes;
        let children = std::mem::take(&mut nodes[*node].children);
        for child in &children {
            nodes[*child].parent = Some(*new_parent);
        }
        nodes[*new_parent].children.extend(children);
    }
}
