// Package sdp reads the session description in a SIP message in place, and edits it.
//
// Parse records where the lines are; it copies nothing, and allocates only for
// descriptions of more than 64 lines, once. A Session borrows the message: all
// Spans are offsets into it, so that edits go into the message's own
// sipparse.Edits and Content-Length follows by itself. A line is read when somebody
// asks for it. "Level" is the index of a media, or SessionLevel.
//
// # Editing
//
// A Session shows what was received. What edits have made of it so far is in the
// Edits alone: each editing method looks there first. So edits add up in any order
// (delete a codec, then move another, then delete the first again), and those of a
// branch add to the message's if its Edits know them: see sipparse.Edits.Over. The
// last value set for a thing counts.
//
//   - A media whose last format is deleted is disabled: its port becomes 0, which
//     rejects it (RFC 3264 §6), and the format stays, for without any the line is
//     no m= line. OpenSIPS leaves an m= line without formats.
//   - A disabled media stays so: it gets no other port.
//   - A media that is deleted takes all edits of it along. In an answer a media may
//     not be deleted, only disabled (RFC 3264 §6).
//   - Codecs are looked for in RTP media only.
//   - What refers to a format or media otherwise (apt= in fmtp, a=group) stays.
//
// # Accepted
//
// All that RFC 8866 §5 allows, lines that end with LF alone ("parsers SHOULD be
// tolerant"), a last line without an end, empty lines, more than one space or white
// space at the end where one space is due, attribute and encoding names in any case,
// an rtpmap without a clock rate, lines in any order but for v= first. Lines of unknown
// types, and those that are no "x=" line, are kept and not looked at.
// A line whose own grammar is broken is not there for who asks for its parts: b=
// without a colon, an m= line of too few fields, of a port above 65535 or of more
// than 256 formats. Such an m= line still begins a media, which can be deleted and
// whose attributes can be edited.
//
// # Refused
//
// Parse refuses what the next element could cut into other lines or sessions, so
// that nobody can say what an edit would do to it:
//
//   - a CR that is not followed by LF
//   - a body that does not begin with "v=", or has a second v= line
//   - a NUL (RFC 8866 §9: no byte-string has one): some read on behind it, some do not
//   - more than 4,096 lines, 256 of them at session level, or 1,024 media
package sdp
