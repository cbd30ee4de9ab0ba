//! What was found for a value before.
//!
//! In: the number of a question about a field, or a test over one, and what the values of the field are made of ([`Fields::origin`]). Out: the
//! numbers that answer it; what the test says. Law: an answer is a function of question and origin alone, so the one that is kept is the one that
//! would be found again; what is kept is bounded, and of an origin that is not known, or long, nothing is.
//!
//! Logs repeat themselves: most programs, parents, users and call traces came before, and are neither unescaped nor folded nor looked up again.

use std::hash::Hasher;

use crate::schema::FieldId;

use super::fields::{Fields, Origin};
use super::index::FastHasher;

/// Of one scanner.
#[derive(Debug, Default)]
pub struct Memo {
    /// What is kept of an origin is in one of two neighbours. None before the first.
    slots: Box<[Slot]>,
    event: u32,
    /// By field: the event for which somebody asked last, and where its origin is.
    places: Vec<(u32, Option<Place>)>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    slot: usize,
    hash: u64,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// Of field and origin; 0: nothing is kept here.
    hash: u64,
    made: u64,
    /// Class and field.
    field: u32,
    /// It was of use since it was last in the way of another.
    used: bool,
    text: String,
    /// Of each question its number and those of its answer; between them, of each test that was asked, what it said.
    kept: Vec<u32>,
}

/// Of so many origins of at most so many bytes something is kept, and so many numbers of each: ten megabytes, where every value is long.
const SLOTS: usize = 1 << 12;
const LONGEST: usize = 2048;
const MOST: usize = 128;
/// What a number that is kept is; others are of an answer.
const QUESTION: u32 = 1 << 31;
const VERDICT: u32 = 1 << 30;

impl Memo {
    /// Another event.
    pub fn begin(&mut self) {
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.places.clear();
            self.event = 1;
        }
    }

    /// Calls `each` for each number of the answer, which `look` finds where nobody asked before. Questions and numbers are below 2^30.
    pub fn ask(
        &mut self,
        question: u32,
        field: FieldId,
        event: &dyn Fields,
        mut each: impl FnMut(u32),
        look: impl FnOnce(&mut dyn FnMut(u32)),
    ) {
        let Some(place) = self.place(field, event) else { return look(&mut each) };
        let kept = &mut self.slots[place.slot].kept;
        if let Some(at) = kept.iter().position(|number| *number == QUESTION | question) {
            let answer = kept[at + 1..].iter().take_while(|number| **number < VERDICT);
            return answer.for_each(|number| each(*number));
        }
        let before = kept.len();
        kept.push(QUESTION | question);
        look(&mut |number| {
            each(number);
            kept.push(number);
        });
        if kept.len() > MOST {
            kept.truncate(before);
        }
    }

    /// What a test over one field says of the event, by its number in the class; `ask` finds it out where nobody did. It is kept beside the
    /// answers to questions: a field that nobody has a question about is not worth a place.
    pub fn verdict(&mut self, test: u32, field: FieldId, event: &dyn Fields, ask: impl FnOnce() -> bool) -> bool {
        let is_asked = self.places.get(usize::from(field.0)).is_some_and(|(asked, _)| *asked == self.event);
        let Some(place) = is_asked.then(|| self.place(field, event)).flatten() else { return ask() };
        let kept = &mut self.slots[place.slot].kept;
        let of_test = VERDICT | test << 1;
        if let Some(kept) = kept.iter().find(|kept| **kept & !1 == of_test) {
            return kept & 1 == 1;
        }
        let verdict = ask();
        if kept.len() < MOST {
            kept.push(of_test | u32::from(verdict));
        }
        verdict
    }

    /// Where what is kept of the field's origin is. None: nobody knows what the field is made of.
    fn place(&mut self, field: FieldId, event: &dyn Fields) -> Option<Place> {
        let (index, of_class) = (usize::from(field.0), u32::from(event.class().0) << 16 | u32::from(field.0));
        if self.places.len() <= index {
            self.places.resize(index + 1, (0, None));
        }
        // Another field of the event may have taken the slot since.
        let is_there = |place: &Place| (self.slots[place.slot].hash, self.slots[place.slot].field) == (place.hash, of_class);
        match self.places[index] {
            (asked, place) if asked == self.event && place.as_ref().is_none_or(is_there) => place,
            _ => {
                let place = self.claim(of_class, field, event);
                self.places[index] = (self.event, place);
                place
            }
        }
    }

    fn claim(&mut self, of_class: u32, field: FieldId, event: &dyn Fields) -> Option<Place> {
        let Origin { text, made } = event.origin(field).filter(|origin| origin.text.len() <= LONGEST)?;
        if self.slots.is_empty() {
            self.slots = vec![Slot::default(); SLOTS].into();
        }
        let hash = hash(of_class, made, text);
        let first = (hash as usize % SLOTS) & !1;
        let is_same = |slot: &Slot| slot.hash == hash && (slot.field, slot.made) == (of_class, made) && slot.text == text;
        for at in [first, first + 1] {
            if is_same(&self.slots[at]) {
                self.slots[at].used = true;
                return Some(Place { slot: at, hash });
            }
        }
        let at = first + usize::from(std::mem::take(&mut self.slots[first].used));
        let slot = &mut self.slots[at];
        (slot.hash, slot.field, slot.made, slot.used) = (hash, of_class, made, false);
        slot.kept.clear();
        slot.text.clear();
        slot.text.push_str(text);
        Some(Place { slot: at, hash })
    }
}

fn hash(field: u32, made: u64, text: &str) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write_u32(field);
    hasher.write_u64(made);
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}
