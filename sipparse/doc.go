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
// Replies, ACK and CANCEL are built from the message they belong to, requests within
// a dialog from a Dialog, others from RequestOptions.
//
// Of a stream, a Framer finds where its messages end. Limits bound what a message
// may cost. Session descriptions are read and edited by the package sdp below.
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
// A refusal is an Error: one byte, with the status, in parentheses here, and the
// reason phrase of the reply. A response is never answered, it is dropped. Parse
// refuses the frame:
//
//   - ErrKeepAlive (no reply): a datagram of CR, LF and NUL only; RFC 5626 §3.5.1
//   - ErrTooLarge (513): over 65,535 bytes, or another limit; see Limits
//   - ErrTooManyHeaders (400): over 1,024 header fields
//   - ErrLineTooLong (400): a header field, with its folds, of over 16,384 bytes
//   - ErrRequestLine (400): anything but method SP URI SP version: more spaces,
//     white space in the URI or at the end, a method that is no token
//   - ErrVersion (505): a version other than SIP/2.0
//   - ErrStatusLine (no reply): anything but version SP code SP phrase
//   - ErrStatusCode (no reply): not 100 to 699
//   - ErrBareCR (400), ErrBareLF (400): CR or LF alone
//   - ErrControl (400): a control character outside of a quoted pair
//   - ErrHeaderName (400): a line without a colon, or whose name is no token
//   - ErrNoHeaderEnd (400): no empty line
//
// and what identifies a message (RFC 3261 §8.1.1):
//
//   - ErrNoVia (400), ErrNoFrom (400), ErrNoTo (400), ErrNoCallID (400),
//     ErrNoCSeq (400): not there
//   - ErrDuplicate (400): two of From, To, Call-ID, CSeq, Max-Forwards or
//     Content-Length, equal or not
//   - ErrCallID (400): white space within, or nothing at all
//   - ErrCSeq (400): no number and method
//   - ErrCSeqRange (400): 2**31 or more; §8.1.1.5
//   - ErrCSeqMethod (400): not the method of the request
//   - ErrContentLength (400): no number
//   - ErrBodyShort (400): larger than what has arrived; of a longer datagram the
//     rest is cut off (§18.3)
//
// Check refuses what makes no sense to forward (§16.3 step 1):
//
//   - ErrURI (400): a Request-URI in <>, without a scheme, with a bad host or port
//   - ErrURIHeaders (400): a Request-URI with headers; §19.1.1
//   - ErrVia (400), ErrFrom (400), ErrTo (400): broken, also a second tag, branch,
//     received ...; of several Via values the top one
//   - ErrMaxForwards (400): no number, or above 255
//
// Other headers are not looked at: what is not understood is forwarded as it came
// (§16.3). Who asks for a value that is broken gets
//
//   - ErrNameAddr (400): of an address
//   - ErrContact (400): of a Contact
//   - ErrCredentials (400), ErrChallenge (400): of an Authorization, of a
//     WWW-Authenticate and their like
//   - ErrMultipart (400): of a multipart body
//   - ErrSDP (400): of a session description
//   - ErrValue (400): of any other header
//
// On a stream (see Framer) the Content-Length has to be there
//
//   - ErrNoContentLength (400): it is not; RFC 3261 §18.3, §20.14
//
// and after a refusal for which FramingLost the connection is closed: where the next
// message begins is anybody's guess, and an attacker's choice.
package sipparse
