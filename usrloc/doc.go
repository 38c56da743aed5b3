// Package usrloc is the location service: which contacts each address-of-record has
// (RFC 3261 §10), in memory that all loops share without locks.
//
// What is kept for an AoR is a [Record]: one run of bytes without pointers that never
// changes. Readers take it with one atomic load; whoever changes it builds another and
// swaps it in by compare-and-swap, and begins anew if somebody was faster. What a REGISTER,
// a command or a ping wants is a [Change]; [Apply] says what becomes of a record by it,
// all or nothing (§10.3 step 7), and is a pure function.
//
// A contact ends by itself: each loop has a wheel of seconds with one entry for each
// record that it has put there, which remembers for when. A refresh touches no wheel.
//
// Contacts may also be kept elsewhere: see [Backend]. The package refuses to know
// requests and replies; those are the registrar's.
package usrloc
