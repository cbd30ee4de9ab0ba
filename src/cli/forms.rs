//! The forms of `spoor build --format`: the one table of them.

use clap::ValueEnum;

use crate::deploy::Form;
use crate::page;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Format {
    /// Queries under headings, or one file a rule and target
    Plain,
    /// One JSON object a line
    Json,
    /// An app of Splunk: savedsearches.conf with macros and lookups, for Enterprise Security
    #[value(name = Form::SavedSearches.name())]
    SavedSearches,
    /// Detections in YAML as contentctl reads them
    #[value(name = Form::Contentctl.name())]
    Contentctl,
    /// Analytics rules of Microsoft Sentinel in YAML
    #[value(name = Form::Sentinel.name())]
    Sentinel,
    /// The same as templates of the Azure Resource Manager
    #[value(name = Form::SentinelArm.name())]
    SentinelArm,
    /// Custom detections of Microsoft Defender, as the Graph API takes them
    #[value(name = Form::CustomDetection.name())]
    CustomDetection,
    /// A page of hunts: all rules, or each brief with its rules
    Markdown,
    /// The same as one HTML file, with a search box
    Html,
}

impl Format {
    /// What a product is deployed with.
    pub fn deployed(self) -> Option<Form> {
        match self {
            Format::Plain | Format::Json | Format::Markdown | Format::Html => None,
            Format::SavedSearches => Some(Form::SavedSearches),
            Format::Contentctl => Some(Form::Contentctl),
            Format::Sentinel => Some(Form::Sentinel),
            Format::SentinelArm => Some(Form::SentinelArm),
            Format::CustomDetection => Some(Form::CustomDetection),
        }
    }

    /// What is read rather than run.
    pub fn page(self) -> Option<page::template::Format> {
        match self {
            Format::Markdown => Some(page::template::Format::Markdown),
            Format::Html => Some(page::template::Format::Html),
            Format::Plain
            | Format::Json
            | Format::SavedSearches
            | Format::Contentctl
            | Format::Sentinel
            | Format::SentinelArm
            | Format::CustomDetection => None,
        }
    }
}
