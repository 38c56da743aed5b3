// Package phones runs real user agents, baresip and linphonec, without sound
// hardware and under remote control: they are told to call and to hang up, and asked
// how many RTP packets they sent and received.
//
// Both send a sound all the time and play what they get to nobody. They answer calls
// by themselves and register nowhere, unless an [Account] says otherwise, and listen on one port of 127.0.0.1 for UDP and
// TCP. Everything they write goes into a folder of the test; they are stopped by
// process id.
package phones
