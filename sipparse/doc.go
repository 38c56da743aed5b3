// Package sipparse reads SIP messages in place, edits them, and writes them.
//
// Parse records where things are; it copies nothing and allocates nothing. A Msg
// borrows the bytes it was parsed from: every []byte it returns is valid exactly
// as long as those bytes are, and every Span is an offset into them, so that a
// whole message may move (Rebase) without being read again. Parse finds the
// frame and the header index; a header's value is parsed when somebody first
// asks for it, and remembered.
//
// What is received is never changed. A change is an Edit, an offset and a text,
// and all of them are applied at once when the message is written (AppendEdited).
// Replies, ACK and CANCEL are built from the message they belong to.
//
// # Accepted
//
// All that RFC 3261 §25 allows: compact forms, folded lines, white space before
// and after the colon (§7.3.1: a name followed by spaces is the same header),
// escaped control characters in quoted strings, any token as a method, any valid
// scheme as a Request-URI (a proxy answers 416, not 400), IPv6 references, lists
// over several lines, and messages of RFC 2543 without branch, tags and
// Max-Forwards. Beyond the grammar, because real phones send it: empty lines
// before the start line (§7.5), a status line that ends after its code, unquoted
// display names of any characters but , ; < > ", bare IPv6 in received= (RFC 5118
// §4.5), any visible characters in the user part of a URI and in parameter
// values, "_" in host names, empty URI parameters, "tag=" and "rport=" for no value.
//
// # Refused
//
// A refusal is an Error: one byte, with the status and the reason phrase of the
// reply. A response is never answered, it is dropped. Parse refuses:
//
//   - a datagram of CR, LF and NUL only (ErrKeepAlive, no answer; RFC 5626 §3.5.1)
//   - a message longer than offsets can express, or of over 1,024 header fields
//   - a request line of anything but method SP URI SP version: more spaces, white
//     space in the URI or at the end, a method that is no token
//   - a version other than SIP/2.0 (505), a status code not in 100-699
//   - CR or LF alone, a control character outside of a quoted pair, a header line
//     without a colon or whose name is no token, a missing empty line
//   - no Via, From, To, Call-ID or CSeq (§8.1.1); two of From, To, Call-ID, CSeq,
//     Max-Forwards or Content-Length, equal or not
//   - white space within a Call-ID, or none at all
//   - a CSeq of 2**31 or more (§8.1.1.5), or of another method than the request
//   - a Content-Length that is no number, or larger than what has arrived; of a
//     longer datagram the rest is cut off (§18.3)
//
// Check refuses what makes no sense to forward (§16.3 step 1): a Request-URI in
// <>, without a scheme, with a bad host or port, or with headers (§19.1.1); a
// broken top Via, From or To (also a second tag, branch, received ...);
// Max-Forwards above 255. Other headers are not looked at: what is not understood
// is forwarded as it came (§16.3).
package sipparse
