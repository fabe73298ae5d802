//! Answers in IAM's XML.

/// In every answer, as every answer of IAM has one.
pub(super) const REQUEST_ID: &str = "00000000-0000-4000-8000-00000000fa4e";

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    /// A 200; `result` is what stands in the operation's result element, if it has one.
    pub(super) fn success(action: &str, result: Option<&str>) -> Self {
        let result = result
            .map(|inner| format!("<{action}Result>{inner}</{action}Result>"))
            .unwrap_or_default();
        let body = format!(
            "<{action}Response xmlns=\"{NAMESPACE}\">{result}<ResponseMetadata>\
             <RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>"
        );
        Self { status: 200, body }
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        let fault = if status < 500 { "Sender" } else { "Receiver" };
        let message = escaped(message);
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{fault}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        );
        Self { status, body }
    }

    pub(super) fn is_error(&self) -> bool {
        self.status >= 400
    }
}

/// Text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
