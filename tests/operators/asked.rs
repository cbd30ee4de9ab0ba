//! What is asked of a field: every operator that its type takes, with operands that fit.

use spoor::schema::Type;

/// The columns of the table, in their order.
pub const COLUMNS: [&str; 15] = [
    "`==` `in`",
    "`<` `>`",
    "`starts_with` `ends_with`",
    "`contains`",
    "`like`",
    "`has`",
    "`matches`",
    "`under`",
    "`is`",
    "`exists`",
    "field",
    "`cased`",
    "`*` `?`",
    "letters",
    "`not`",
];

/// A test, and the column of the table that it counts in.
pub struct Asked {
    pub column: usize,
    pub test: String,
}

/// Operands of a type, as a rule writes them.
struct Operands {
    whole: &'static str,
    part: &'static str,
    start: &'static str,
    end: &'static str,
    glob: &'static str,
    under: &'static str,
}

fn operands(ty: Type) -> Operands {
    let of = |whole, part, start, end, glob, under| Operands { whole, part, start, end, glob, under };
    let whole = |whole| of(whole, whole, whole, whole, whole, whole);
    match ty {
        Type::Text | Type::CommandLine => of("'Abc def'", "'c d'", "'Abc'", "'def'", "'A*c'", "'Abc'"),
        Type::Path => of(r"'C:\Temp\a.exe'", r"'\Temp\'", r"'C:\Temp'", r"'.exe'", r"'C:\*\a.exe'", r"'C:\Temp'"),
        Type::FileName => of("'setup.exe'", "'tup'", "'set'", "'.exe'", "'s*p.exe'", "'x'"),
        Type::RegistryPath => {
            of(r"'HKLM\SOFTWARE\Acme'", r"'\Acme\'", r"'HKLM\SOFTWARE'", r"'\Run'", r"'HKLM\*\Acme'", r"'HKLM\SOFTWARE\Acme'")
        }
        Type::Data => of("'Abc def'", "'temp'", "'temp'", "'temp'", "'te*mp'", "'x'"),
        Type::Int => whole("4688"),
        Type::Real => whole("7.5"),
        Type::Port => whole("443"),
        Type::Ip => of("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.0/24"),
        Type::Domain | Type::Host => of("'evil.example'", "'evil'", "'evil'", "'.example'", "'ev*l.example'", "'evil.example'"),
        Type::Url => of("'http://evil.example/a'", "'/a'", "'http://evil'", "'/a'", "'http*example/a'", "'evil.example'"),
        Type::Email => of("'bob@evil.example'", "'bob@'", "'bob'", "'.example'", "'bob@*.example'", "'evil.example'"),
        Type::Md5 | Type::Imphash => whole("'d41d8cd98f00b204e9800998ecf8427e'"),
        Type::Sha1 => whole("'da39a3ee5e6b4b0d3255bfef95601890afd80709'"),
        Type::Sha256 => whole("'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"),
        Type::Sha512 => whole(concat!(
            "'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce",
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'"
        )),
        Type::Guid => whole("'8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F'"),
        Type::Sid => of("'S-1-5-18'", "'-5-'", "'S-1-5-21'", "'-500'", "'S-1-*'", "'x'"),
        Type::User => of("'alice'", "'lic'", "'al'", "'ce'", "'a*e'", "'x'"),
        Type::Bool => whole("true"),
        Type::Duration => whole("5m"),
        // Replaced by a value of the field.
        Type::Enum => whole("VALUE"),
        Type::Time => whole("5"),
    }
}

/// Every test of a field. `values`: of its enumeration; `other`: a field of the class that it can be compared with.
pub fn tests(field: &str, ty: Type, values: &[&str], other: Option<&str>) -> Vec<Asked> {
    let Operands { whole, part, start, end, glob, under } = operands(ty);
    let whole = values.first().unwrap_or(&whole);
    let order = if ty == Type::Data { "5" } else { whole };
    let mut positive: Vec<(usize, String)> = vec![(0, format!("== {whole}")), (0, format!("in [{whole}]"))];
    positive.extend(values.iter().skip(1).map(|value| (0, format!("== {value}"))));
    positive.extend(["<", "<=", ">", ">="].map(|op| (1, format!("{op} {order}"))));
    positive.extend([(2, format!("starts_with {start}")), (2, format!("ends_with {end}")), (3, format!("contains {part}"))]);
    positive.extend([(4, format!("like {glob}")), (5, format!("has {part}")), (6, "matches /a[b-d]+c/".to_owned())]);
    positive.push((7, format!("under {under}")));
    let kinds = ["private", "public", "loopback", "link_local", "multicast", "reserved", "machine_account"];
    positive.extend(kinds.map(|kind| (8, format!("is {kind}"))));
    positive.push((9, "exists".to_owned()));
    if let Some(other) = other {
        let ops = ["==", "<", ">=", "starts_with", "ends_with", "contains", "has", "under"];
        positive.extend(ops.map(|op| (10, format!("{op} {other}"))));
    }
    let same = if ty == Type::Email { "== cased 'aBc@x.example'" } else { "== cased 'aBc'" };
    positive.push((11, same.to_owned()));
    let cased = ["starts_with", "contains", "ends_with", "like", "has"].map(|op| format!("{op} cased 'aBc'"));
    positive.extend(cased.into_iter().chain(["matches cased /aB+c/".to_owned()]).map(|test| (11, test)));
    positive.extend(["contains 'a*b'", "like 'a?b'", "like 'a[*]b'", "has 'a?b'"].map(|test| (12, test.to_owned())));
    // A sid has none.
    if ty != Type::Sid {
        positive.push((13, "starts_with 'é'".to_owned()));
    }
    let letters = ["contains 'é'", "like 'é*ö'", "has 'é'", "matches /é+x/", "matches /[éö]+x/"];
    positive.extend(letters.map(|test| (13, test.to_owned())));
    let asked = |(column, test): &(usize, String)| Asked { column: *column, test: format!("{field} {test}") };
    let negated = |(_, test): &(usize, String)| Asked { column: 14, test: format!("not ({field} {test})") };
    positive.iter().map(asked).chain(positive.iter().map(negated)).collect()
}
