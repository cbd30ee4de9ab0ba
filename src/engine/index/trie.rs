//! Beginnings, or ends, of a text among many.
//!
//! In: literals with a number each. Out: of a text the numbers of those that it begins with; of a trie made backwards, ends with. Law: the
//! walk takes a step a byte and stops at the first that no literal has there, however many literals there are.

/// Literals by their bytes.
#[derive(Debug)]
pub struct Trie {
    nodes: Box<[Node]>,
    backwards: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    byte: u8,
    /// How many nodes follow this one; they stand side by side, by their bytes.
    children: u16,
    first: u32,
    /// The number of the literal that ends here, and one more.
    literal: u32,
}

impl Trie {
    /// No literal twice, and none empty.
    pub fn new<'l>(literals: impl Iterator<Item = (&'l str, u32)>, backwards: bool) -> Trie {
        let mut sorted: Vec<(Vec<u8>, u32)> = literals
            .map(|(literal, number)| {
                let mut bytes = literal.as_bytes().to_vec();
                if backwards {
                    bytes.reverse();
                }
                (bytes, number)
            })
            .collect();
        sorted.sort();
        let mut nodes = vec![Node::default()];
        // What is below each node, and how deep it stands; a node's children are made together.
        let mut todo = std::collections::VecDeque::from([(0, 0..sorted.len(), 0)]);
        while let Some((node, mut below, depth)) = todo.pop_front() {
            if let Some((literal, number)) = sorted.get(below.start).filter(|_| !below.is_empty())
                && literal.len() == depth
            {
                nodes[node].literal = number + 1;
                below.start += 1;
            }
            nodes[node].first = nodes.len() as u32;
            while let Some((literal, _)) = sorted[below.clone()].first() {
                let byte = literal[depth];
                let same = sorted[below.clone()].iter().take_while(|(other, _)| other[depth] == byte).count();
                todo.push_back((nodes.len(), below.start..below.start + same, depth + 1));
                nodes.push(Node { byte, ..Node::default() });
                nodes[node].children += 1;
                below.start += same;
            }
        }
        Trie { nodes: nodes.into(), backwards }
    }

    pub fn find(&self, text: &str, each: impl FnMut(u32)) {
        if self.backwards { self.walk(text.bytes().rev(), each) } else { self.walk(text.bytes(), each) }
    }

    fn walk(&self, bytes: impl Iterator<Item = u8>, mut each: impl FnMut(u32)) {
        let mut node = self.nodes[0];
        for byte in bytes {
            let children = &self.nodes[node.first as usize..node.first as usize + usize::from(node.children)];
            let found = if children.len() <= 8 {
                children.iter().find(|child| child.byte == byte)
            } else {
                children.binary_search_by_key(&byte, |child| child.byte).ok().map(|at| &children[at])
            };
            let Some(next) = found else { return };
            node = *next;
            if let Some(number) = node.literal.checked_sub(1) {
                each(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_ends() {
        let literals = ["a", "ab", "abc", "b", "é", "cmd.exe", r"\cmd.exe"];
        let of = |text: &str, backwards| {
            let trie = Trie::new(literals.iter().zip(0..).map(|(literal, number)| (*literal, number)), backwards);
            let mut found = Vec::new();
            trie.find(text, |number| found.push(literals[number as usize]));
            found.sort_unstable();
            found
        };
        for text in ["", "a", "abcd", "xab", r"c:\cmd.exe", "cmd.exe", "é", "éb"] {
            for backwards in [false, true] {
                let mut wanted = literals.to_vec();
                wanted.retain(|literal| if backwards { text.ends_with(literal) } else { text.starts_with(literal) });
                wanted.sort_unstable();
                assert_eq!(of(text, backwards), wanted, "{text} {backwards}");
            }
        }
        let none = Trie::new(std::iter::empty(), false);
        none.find("a", |_| panic!("nothing is there"));
    }
}
