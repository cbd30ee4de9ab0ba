//! The registry of codes: append only, a number is never used again.
//!
//! One line a code gives its id, severity, title and page; a code without its page does not compile.
//! Families: 01 syntax, 02 names and schema, 03 types and values, 04 targets and fidelity, 05 lints, 06 packs and project, 07 Sigma.

use super::Severity;

macro_rules! codes {
    ($($id:ident $name:ident $severity:ident $title:literal;)*) => {
        /// Names one kind of finding for good.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!(stringify!($id), ": ", $title)] $name,)*
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// `E0201`
            pub fn id(self) -> &'static str {
                match self { $(Code::$name => stringify!($id),)* }
            }

            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// What kind of finding it is, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// The page that explains it, in Markdown: a sentence, a wrong example, why, a right one.
            pub fn page(self) -> &'static str {
                match self { $(Code::$name => include_str!(concat!("pages/", stringify!($id), ".md")),)* }
            }
        }
    };
}

codes! {
    // 01 syntax
    E0101 UnexpectedToken Error "unexpected token";
    E0102 ForeignSpelling Error "spelling of another language";
    E0103 MissingAnd Error "missing `and` or `or`";
    E0104 MixedAndOr Error "`and` and `or` mixed without parentheses";
    E0105 BadEscape Error "no such escape";
    E0106 Unterminated Error "text, regex or name without an end";
    E0107 OneValueOrSet Error "one value where a set belongs, or the reverse";
    E0108 MissingOperator Error "`not` without an operator";
    E0109 UnknownOperator Error "unknown operator";
    E0110 BadDuration Error "no duration";
    E0111 BadNumber Error "no number";
    E0112 BadAddress Error "no address or network";
    E0113 SeveralPatterns Error "several patterns without braces";
    E0114 WordAsKey Error "a word of the language as key or label";
    E0115 ClauseWithColon Error "a clause with a colon";
    E0116 ReservedWord Error "a reserved word as a name";
    E0117 HeldBack Error "a word for a later version";
    E0118 NestedTooDeep Error "nested too deep";
    E0119 StrayCharacter Error "a character of no token";
    E0120 HiddenCharacter Warning "hidden character";
    E0121 TooManyErrors Error "too many errors";
    E0122 NotText Error "not a text file";
    E0123 NotClosed Error "missing closing bracket";
    E0124 ClosesNothing Error "a bracket that closes nothing";
    E0125 OutsideOfARule Error "an item outside of a rule";
    E0126 MisplacedClause Error "a clause in the wrong place";
    E0127 ClauseTwice Error "a clause that stands twice";
    E0128 MisplacedDoc Error "a doc comment above nothing";
    E0129 MisplacedRegex Error "a regex where none may begin";
    E0130 TextForRegex Error "a text where a regex belongs";
    E0131 ModifierOrder Error "misplaced `all` or `cased`";
    E0132 NeedlessWord Error "a needless word";
    E0133 NeedlessMark Error "a needless comma or semicolon";
    E0134 MissingComma Error "missing comma";
    E0135 MissingColon Error "metadata without a colon";
    E0136 BadName Error "no name";
    E0137 LiteralAsTest Error "a value where a test belongs";
    E0138 NoFunctions Error "a function call in a test";
    E0139 NoPipes Error "a pipe";
    E0140 TooFewSteps Error "too few patterns in a block";
    E0141 StepWithoutLabel Error "a step without a label";
    E0142 WithoutWithin Error "linked patterns without `within`";
    E0143 EmptyList Error "an empty list";
    E0144 ListInList Error "a list in a list";
    E0145 TextWithoutQuotes Error "a text without quotes";

    // 02 names and schema
    E0201 UnknownField Error "unknown field";
    E0202 UnknownClass Error "unknown class";
    E0203 UnknownName Error "unknown name";
    E0204 UnknownValue Error "unknown value of an enumeration";
    E0205 LetAsField Error "a `let` where a field belongs";
    E0206 StepOutOfReach Error "a step that cannot be named here";
    E0207 LabelIsGroup Error "a label that is a group of fields";
    E0208 DuplicateLabel Error "label used twice";
    E0209 RuleNameTwice Error "two rules of one name in a file";
    E0210 DuplicateLet Error "two lets of one name";
    E0211 DuplicateClause Error "a clause of a rule twice";
    E0212 DuplicateKey Error "metadata key twice";
    E0213 UnknownKey Error "unknown metadata key";
    E0215 LetCircle Error "a let that leads back to itself";
    E0216 UnknownTarget Error "unknown target";
    E0217 UnknownColumn Error "unknown column of a target";
    E0218 LetOfOtherKind Error "a let of another kind";
    E0219 NoDetect Error "a rule without detect";
    E0220 UnknownListColumn Error "unknown column of a list";
    E0221 UnknownFunction Error "unknown function";
    E0222 DuplicateEntry Error "two entries for one field";
    E0223 UnknownType Error "unknown type";
    E0224 UnknownKind Error "unknown word after is";
    E0225 NoTest Error "a field that is no test";
    E0226 DuplicateColumn Error "two columns of one name";
    E0227 DuplicateClass Error "a class named twice";
    E0228 StepOnTheLeft Error "a step's field on the left";
    E0229 TypedPredicate Error "a type on a condition";
    E0230 UnknownAttackId Error "unknown ATT&CK id";
    E0231 ListRow Error "a row of a list that cannot be read";
    E0240 LaterColumn Error "a column of a later version";
    E0241 RenamedColumn Error "a column that has another name now";
    E0242 RenamedValue Error "a value that has another name now";
    E0243 NoSuchValue Error "a value that a column never has";
    E0244 ClassNotThere Error "a clause for a target without the class";

    // 03 types and values
    E0301 OperatorMisfit Error "an operator that does not fit the type";
    E0302 WrongKind Error "a value of another kind";
    E0303 SlashInFileName Error "a path as a file name";
    E0304 NotAHash Error "a hash of another length";
    E0305 AccountWithDomain Error "an account with its domain";
    E0306 NoPort Error "a number that is no port";
    E0307 UrlAsDomain Error "a URL where a name belongs";
    E0308 WrongForm Error "a value of another form";
    E0309 EmptyText Error "an empty text";
    E0310 MixedList Error "a list of two kinds";
    E0311 SetByName Error "one value where a set belongs, by name";
    E0312 FieldMisplaced Error "a field where only values fit";
    E0313 RegexOutsideSubset Error "a regex that not all targets can read";
    E0314 RegexSyntax Error "no regular expression";
    E0315 RegexSize Error "a regex that grows too large";
    E0316 QuorumTooLarge Error "a quorum of too many combinations";
    E0317 QuorumCount Error "a quorum that cannot be met, or always is";
    E0318 FieldsOfTwoTypes Error "two fields that do not compare";
    E0319 Fraction Error "a fraction of a whole number";
    E0320 CasedWithoutCase Error "cased where there is no case";
    E0321 ConstantMisuse Error "a constant function where it does not fit";
    E0322 TimeCompared Error "a time that is compared";
    E0323 KindMisfit Error "a kind that does not fit the type";
    E0324 StepCount Error "more steps asked for than there are";
    E0325 OnlyOptional Error "optional steps only";
    E0326 AggregateMisfit Error "an aggregate that does not fit";
    E0327 AggregateWithoutGroup Error "an aggregate without a group";
    E0328 PlainColumnOfGroup Error "a plain column of a group";
    E0329 WrongMeta Error "metadata of another kind";
    E0330 GroupedSequence Error "linked patterns that are grouped";
    E0331 NoDuration Error "a span of no time";
    E0332 NotOfStatedType Error "a value that is not of the stated type";
    E0333 RegexByName Error "a regex, by name, where none fits";
    E0334 RuleTooLarge Error "a rule that grows too large";
    E0335 EntryMisfit Error "an entry that does not fit its field";
    E0336 TooManyEvents Error "too many events in a test";
    E0337 CaseFlagAndCased Error "cased and a flag that ignores case";
    E0360 NameNotOfPath Error "a name that is not its path's";
    E0338 OtherHash Error "a hash of another kind";
    E0339 NotHex Error "a hash with other characters";
    E0340 NoAddress Error "a text that is no address";
    E0341 AddressWithPort Error "an address with its port";
    E0342 NoName Error "a text that is no name of a host";
    E0343 WildcardInName Error "a wildcard in a name";
    E0344 NoMail Error "a text that is no address of e-mail";
    E0345 UnknownHive Error "unknown hive of the registry";
    E0346 ForwardSlash Error "a registry path with forward slashes";
    E0347 NativeValue Error "a product's own word for a value";
    E0348 OutsideCalendar Error "a number that no calendar has";
    E0349 CountsNothing Error "a step of no event";
    E0350 SpanTooLong Error "a span of time that no product can state";

    // 04 targets and fidelity
    E0401 UnboundClass Error "a class that the target does not record";
    E0402 UnboundField Error "a field that the target does not record";
    E0403 UnboundAction Error "an action that the target does not record";
    E0404 ActionsLeftOut Warning "some actions are not recorded";
    E0405 BranchLeftOut Warning "a branch is left out";
    E0406 NeverTrueThere Error "never true in the target";
    E0407 CoveredTogether Warning "actions that the target does not tell apart";
    E0408 BindingWidens Warning "the target may return more";
    E0409 BindingNarrows Warning "the target may miss events";
    E0410 MissingLiteral Warning "a literal that means no value";
    E0411 LettersNotFolded Warning "letters beyond ASCII";
    E0414 EmptyColumn Note "a column that stays empty";
    E0415 KeyInColumn Error "a key that no query can name";
    E0416 LaterField Error "a field of a later version";
    E0417 NoTimeThere Warning "a window on rows without time";
    E0418 OlderRowsCount Warning "older rows of a state";
    E0419 ActionsAsOne Error "actions that the target does not tell apart";
    E0420 CountsDiffer Warning "a count of other hits";
    E0421 OneEventTwoSteps Warning "one event may be two steps";
    E0422 OptionalLeftOut Note "an optional step is not shown";
    E0423 NoTimeToOrder Error "rows without time";
    E0424 NoSuchPurpose Error "a purpose that the target does not have";
    E0425 NotCounted Warning "values that are not counted";
    E0426 AlternativeLeftOut Warning "an alternative is left out";
    E0427 OtherPlatform Error "events of other systems";
    E0428 LooksBackLess Note "a look back shorter than what is linked";
    E0440 ListBeside Note "a list beside the query";
    E0441 ListKept Note "a list that is kept elsewhere";
    E0442 ListSpelledOut Warning "a list that is kept elsewhere, spelled out";
    // 0450 to 0469: SPL
    E0450 SplNotComputed Error "SPL has no form for this value";
    E0451 SplValuesSplit Warning "several values after tstats";
    E0452 SplAppendLimits Note "an appended search has limits";
    E0453 SplSummariesOnly Warning "summarised events only";
    E0454 SplFilledGap Warning "a text that fills a gap";
    E0455 SplCountedByValue Warning "counted once for each value";
    E0456 SplWindow Error "more events than streamstats keeps";
    // 0470 to 0489: KQL
    E0470 NoKqlForm Error "KQL has no form for this value";
    E0471 NoDemandedColumn Error "a column that a detection must return";
    E0472 DetectionTitle Error "a title that a detection needs";
    E0473 DetectionOfSeveral Error "a detection that no schedule sees whole";
    E0474 NrtSeveral Error "several events or tables in near real time";
    E0475 NrtTable Error "a table that is not read in near real time";
    E0476 NrtOperator Error "an operator that is unknown in near real time";
    E0477 DetectionWindow Note "a detection's look-back";
    E0478 DetectionSchedule Note "a detection's schedule";
    E0479 DetectionCut Warning "a window that a look-back cuts";
    E0480 HuntBeyond Warning "further back than the product keeps";
    E0481 DetectionLength Error "a query too long for a rule";
    // 0490 to 0499: deployment
    E0490 FormRefuses Error "a rule that a form cannot carry";

    // 05 lints
    E0501 UnusedLet Warning "a let that is not used";
    E0502 LetHides Warning "a let that hides another name";
    E0503 ListedTwice Warning "a value listed twice";
    E0504 HostWithoutDot Warning "a host without its domain";
    E0505 NeverTrue Warning "tests that are never true";
    E0506 AlwaysTrue Warning "tests that are always true";
    E0507 HasWithoutEdge Warning "has without an edge";
    E0508 IsNotPrivate Warning "is not private";
    E0509 LiteralMeansMissing Warning "a literal that means no value";
    E0510 LeadingCaseFlag Warning "a regex that begins with (?i)";
    E0511 NoProcessName Warning "a script or library as a process";
    E0512 EmptyListFile Warning "a list file without entries";
    E0513 StepInequality Warning "an inequality between steps";
    E0514 TestNameTwice Warning "two tests of one name";
    E0515 KeyTwice Warning "a key of a group twice";
    E0516 FieldWithItself Warning "a field compared with itself";
    E0517 RevokedTechnique Warning "a revoked technique";
    E0518 DeprecatedTechnique Warning "a deprecated technique";
    E0530 BitsBehindPrefix Warning "a network with bits behind its prefix";
    E0531 PlainStar Warning "a wildcard that is none here";
    E0532 UrlWithoutScheme Warning "a URL without its scheme";
    E0533 NumberedControlSet Warning "a control set by its number";
    E0534 NumberAsProductText Warning "a number in a product's spelling";
    E0535 HiveInRegex Warning "a hive by its short name in a pattern";
    E0536 UndocumentedValue Warning "a value that the vendor does not name";
    E0540 UntestedRule Warning "a rule without a test";

    // 06 packs and project
    E0600 UnreadableFile Error "file cannot be read";
    E0601 NotUtf8 Error "file is not UTF-8";
    E0602 FileTooLarge Error "file is too large";
    E0603 ImportUnreadable Error "imported file cannot be read";
    E0604 ListUnreadable Error "list file cannot be read";
    E0605 DuplicateRule Error "rule name used twice";
    E0606 EmptyFile Warning "file holds nothing";
    E0607 ManifestShape Error "a shape that spoor.yaml does not have";
    E0608 ManifestUnknownKey Error "a key that spoor.yaml does not have";
    E0609 ManifestPath Error "a path that leads to nothing";
    E0610 UnknownVersion Error "a version that is not described";
    E0611 ManifestUnknownTarget Error "a target that does not exist";
    E0612 SeveralProjects Error "paths of two projects";
    E0613 ManifestName Error "a manifest under another name";
    E0614 ManifestUnknownWord Error "a word that a key does not take";
    E0615 NotLaidOut Error "a file that is not laid out";
    E0616 UnknownLint Error "a code that does not exist";
    E0617 NoLevel Error "a code that has no level";
    E0618 TwoLevels Error "a code with two levels";
    // 0620 to 0649: packs
    E0620 PackNotYaml Error "not YAML";
    E0621 PackTooLarge Error "YAML beyond its limits";
    E0622 PackShape Error "a shape that packs do not have";
    E0623 PackUnknownKey Error "a key that packs do not have";
    E0624 PackDuplicateKey Error "a key that stands twice";
    E0625 PackMissingKey Error "a missing key";
    E0626 PackUnknownType Error "a type that does not exist";
    E0627 PackUnknownSchema Error "a schema that does not exist";
    E0628 PackUnknownTable Error "a table that does not exist";
    E0629 PackUnknownColumn Error "a column that does not exist";
    E0630 PackUnknownClass Error "a class that does not exist";
    E0631 PackUnknownField Error "a field that does not exist";
    E0632 PackUnknownAction Error "an action that does not exist";
    E0633 PackUnknownEnum Error "an enumeration that does not exist";
    E0634 PackUnknownMap Error "a map that does not exist";
    E0635 PackUnknownGroup Error "a group that does not exist";
    E0636 PackUnknownTransform Error "a transform that does not exist";
    E0637 PackExpression Error "no expression";
    E0638 PackArity Error "a transform with other arguments";
    E0639 PackUndocumentedValue Error "a value that does not occur";
    E0640 PackMapValue Error "a map to a value that the field lacks";
    E0641 PackHashKind Error "a hash of another kind";
    E0642 PackTooManyActions Error "too many actions";
    E0643 PackVersion Error "no version";
    E0644 PackLastPart Error "the last part of no path";
    E0646 PackNoAttackId Error "no ATT&CK id";
    E0647 PackUnknownTechnique Error "a technique that does not exist";
    E0648 PackUnknownTactic Error "a tactic that does not exist";
    E0649 PackRevokedCircle Error "a technique revoked by itself";
    // 0650 to 0669: events and the matcher
    E0650 EventNotAnObject Error "event is not a JSON object";
    E0651 UnknownEventShape Error "event of no known shape";
    E0652 AmbiguousEventShape Error "event of more than one shape";
    E0653 UnknownEventSchema Error "unknown event schema";
    E0654 EventLogDamaged Error "event log is damaged";
    E0661 RegexTooLarge Error "regular expression too large";
    // 0670 to 0679: bindings
    E0670 PackExclusion Error "a value that cannot be excluded";
    E0671 PackSelector Error "a field that cannot decide";
    E0672 PackRenamed Error "a name from before";
    // 0680 to 0689: a site's own sources in packs
    E0680 PackUnknownTarget Error "a target that no pack can name";
    E0681 PackMisplacedKey Error "a key that this schema cannot have";
    E0682 PackSearchValue Error "a value that no search can say";
    E0683 PackNoTime Error "a table without its time";
    E0684 PackName Error "a name that no query can say";
    E0685 PackLogSource Error "no log source";
    E0686 PackSharedTable Error "a table that two sources share";
    // 0690 to 0694: the events of tests
    E0690 TestEvents Error "events of a test that cannot be read";
    E0691 TestInfo Error "a test that is not described";
    E0692 TestOfNoRule Warning "tests of no rule";
    E0693 NoTestName Warning "events that are no test";

    // 0695 to 0699: briefs and the templates of pages
    E0695 BriefShape Error "a shape that briefs do not have";
    E0696 BriefUnknownKey Error "a key that briefs do not have";
    E0697 BriefValue Error "a value that its key cannot take";
    E0698 BriefRule Error "a rule that a brief does not find";
    E0699 TemplateFault Error "a template that cannot be used";

    // 07 Sigma
    E0701 SigmaShape Error "a shape that Sigma does not have";
    E0702 SigmaMissingKey Error "a Sigma rule without a part";
    E0703 SigmaUnknownKey Warning "a key that Sigma does not have";
    E0704 SigmaDuplicateKey Error "a key of a Sigma rule twice";
    E0705 UnknownModifier Error "unknown modifier";
    E0706 ModifierMisfit Error "a modifier that does not fit";
    E0707 UnsupportedModifier Error "a modifier that cannot be carried";
    E0708 UnknownSelection Error "unknown selection";
    E0709 UnusedSelection Warning "unused selection";
    E0710 BadCondition Error "no condition";
    E0711 UnknownLogSource Error "unknown log source";
    E0712 UnlistedLogSource Warning "a log source that no pack lists";
    E0713 UnknownSigmaField Error "unknown field of a log source";
    E0714 ReadAsRecord Note "read as records of a log";
    E0715 EmptyDetection Error "nothing is asked for";
    E0716 PlaceholderWithoutValues Error "a placeholder without values";
    E0717 SigmaMeta Warning "metadata of another form";
    E0718 WildcardInRegex Warning "wildcards in a regular expression";
    E0719 RegexInText Warning "a regular expression as a text";
    E0720 SigmaValue Error "a value that cannot be compared";
    E0721 UnsupportedCorrelation Error "a correlation that cannot be carried";
    E0722 UnknownSigmaRule Error "a rule that is not there";
    E0723 FilterOfNothing Warning "a filter of no rule";
    E0724 NoGroupField Error "no field to group by";
    E0725 PartOfCorrelation Note "a part of a correlation";
    E0726 FixedWindows Warning "windows that do not slide";
    E0727 NeverThatValue Error "a value that a field never has";
    E0728 FieldAsKeyword Warning "a keyword that looks like a field";
    E0729 LogSourceNote Note "a log source that means more than its class";
    E0730 NearlyAField Note "a field that is nearly another";
}

impl Code {
    /// Whether a project may say how grave it is. An error is one everywhere; the reasons of a fidelity (04) are a part of every answer.
    pub fn is_lint(self) -> bool {
        self.severity() != Severity::Error && !self.id().starts_with("E04")
    }

    /// The code of this id, in either case.
    pub fn from_id(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
