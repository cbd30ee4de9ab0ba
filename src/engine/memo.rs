//! What was found for a value before.
//!
//! In: the number of a question about a field, and what the values of the field are made of ([`Fields::origin`]). Out: the numbers that answer it.
//! Law: an answer is a function of question and origin alone, so the one that is kept is the one that would be found again; what is kept is bounded,
//! and of an origin that is not known, or long, nothing is.
//!
//! Logs repeat themselves: most programs, parents, users and call traces came before, and are neither unescaped nor folded nor looked up again.

use std::hash::Hasher;

use crate::schema::FieldId;

use super::fields::{Fields, Origin};
use super::index::FastHasher;

/// Of one scanner.
#[derive(Debug, Default)]
pub struct Memo {
    /// An answer is in one of two neighbours. None before the first.
    slots: Box<[Slot]>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// Of question and origin; 0: nothing is kept here.
    hash: u64,
    /// It was of use since it was last in the way of another.
    used: bool,
    question: u32,
    made: u64,
    text: String,
    answer: Vec<u32>,
}

/// So many answers are kept, of at most so many bytes and numbers each: ten megabytes, where every value is long.
const SLOTS: usize = 1 << 12;
const LONGEST: usize = 2048;
const MOST: usize = 64;

impl Memo {
    /// Calls `each` for each number of the answer, which `look` finds where nobody asked before.
    pub fn ask(
        &mut self,
        question: u32,
        field: FieldId,
        event: &dyn Fields,
        mut each: impl FnMut(u32),
        look: impl FnOnce(&mut dyn FnMut(u32)),
    ) {
        let Some(Origin { text, made }) = event.origin(field).filter(|origin| origin.text.len() <= LONGEST) else {
            return look(&mut each);
        };
        if self.slots.is_empty() {
            self.slots = vec![Slot::default(); SLOTS].into();
        }
        let hash = hash(question, made, text);
        let pair = (hash as usize % SLOTS) & !1;
        let [one, other, ..] = &mut self.slots[pair..] else { return look(&mut each) };
        let is_same = |slot: &Slot| slot.hash == hash && (slot.question, slot.made) == (question, made) && slot.text == text;
        for slot in [&mut *one, &mut *other] {
            if is_same(slot) {
                slot.used = true;
                return slot.answer.iter().for_each(|number| each(*number));
            }
        }
        let slot = if std::mem::take(&mut one.used) { other } else { one };
        slot.answer.clear();
        look(&mut |number| {
            each(number);
            slot.answer.push(number);
        });
        slot.hash = hash;
        if slot.answer.len() > MOST {
            (slot.hash, slot.answer) = (0, Vec::new());
        }
        (slot.question, slot.made, slot.used) = (question, made, false);
        slot.text.clear();
        slot.text.push_str(text);
    }
}

fn hash(question: u32, made: u64, text: &str) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write_u32(question);
    hasher.write_u64(made);
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}
