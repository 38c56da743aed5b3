package sdp

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// call is small, so that a test shows what becomes of all of it.
const call = head + "m=audio 5004 RTP/AVP 0 8 96 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\nm=video 5006/2 RTP/AVP 31\r\nc=IN IP4 233.252.0.1/127\r\na=sendonly\r\n"

// An editCase says what of head, a body and edits becomes; both without head.
type editCase struct {
	what string
	edit func(s *Session, e *sipparse.Edits)
	want string
}

func checkEdits(t *testing.T, body string, cases []editCase) {
	t.Helper()
	for _, c := range cases {
		m, s := parse(t, body)
		var e sipparse.Edits
		c.edit(s, &e)
		got := strings.TrimPrefix(edited(t, m, &e, nil), head)
		if want := strings.TrimPrefix(strings.ReplaceAll(c.want, "\n", "\r\n"), "\r\n"); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.what, got, want)
		}
	}
}

// oneMedia is for tests of an m= line.
const oneMedia = "m=audio 5004 RTP/AVP 0 8 96\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\na=fmtp:96 x\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:* nack\r\na=ptime:20\r\n"

func TestDeleteCodecs(t *testing.T) {
	const rest = "a=rtcp-fb:* nack\na=ptime:20\n"
	const opus = "a=rtpmap:96 opus/48000/2\n"
	const opusLines = "a=fmtp:96 x\na=rtcp-fb:96 nack\n"
	checkEdits(t, head+oneMedia, []editCase{
		{"a static codec, by name in any case", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "pcmu", 0) },
			"m=audio 5004 RTP/AVP 8 96\n" + opus + "a=rtpmap:8 PCMA/8000\n" + opusLines + rest},
		{"with all that is said about it", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "opus", 48000) },
			"m=audio 5004 RTP/AVP 0 8\na=rtpmap:8 PCMA/8000\n" + rest},
		{"not of another clock rate", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "opus", 8000) },
			strings.ReplaceAll(oneMedia, "\r\n", "\n")},
		{"two neighbours, one by one", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "PCMA", 0); s.DeleteCodec(e, 0, "opus", 0) },
			"m=audio 5004 RTP/AVP 0\n" + rest},
		{"all but some", func(s *Session, e *sipparse.Edits) { s.KeepCodecs(e, 0, named("PCMA", "x")) },
			"m=audio 5004 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n" + rest},
		{"all: the last stays, and the media is rejected", func(s *Session, e *sipparse.Edits) { s.KeepCodecs(e, 0, named()) },
			"m=audio 0 RTP/AVP 96\n" + opus + opusLines + rest},
		{"all, one by one", func(s *Session, e *sipparse.Edits) {
			for _, f := range []string{"96", "0", "08", "8", "0"} {
				s.DeleteFormat(e, 0, []byte(f))
			}
		}, "m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n" + rest},
		{"and it gets no port again", func(s *Session, e *sipparse.Edits) {
			s.SetPort(e, 0, 7000)
			s.KeepCodecs(e, 0, named())
			s.SetPort(e, 0, 9000)
		},
			"m=audio 0 RTP/AVP 96\n" + opus + opusLines + rest},
		{"what was said by an added line", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 0, []byte("rtpmap:0 x/1"))
			s.DeleteCodec(e, 0, "x", 1)
		}, "m=audio 5004 RTP/AVP 8 96\n" + opus + "a=rtpmap:8 PCMA/8000\n" + opusLines + rest},
	})
}

// A second rtpmap of a format must not hide the first.
func TestDeleteCodecOfTwoNames(t *testing.T) {
	checkEdits(t, head+"m=audio 1 RTP/AVP 0 96\r\na=rtpmap:96 a/1\r\na=RTPMAP:96 b/1\r\n", []editCase{
		{"the first name", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "a", 0) }, "m=audio 1 RTP/AVP 0\n"},
		{"the second name", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "b", 0) }, "m=audio 1 RTP/AVP 0\n"},
	})
}

func TestMoveCodecs(t *testing.T) {
	lines := strings.ReplaceAll(oneMedia[strings.IndexByte(oneMedia, '\n')+1:], "\r\n", "\n")
	m := func(formats string) string { return "m=audio 5004 RTP/AVP " + formats + "\n" + lines }
	checkEdits(t, head+oneMedia, []editCase{
		{"up", func(s *Session, e *sipparse.Edits) { s.MoveCodecUp(e, 0, "opus", 0) }, m("96 0 8")},
		{"down", func(s *Session, e *sipparse.Edits) { s.MoveCodecDown(e, 0, "PCMU", 8000) }, m("8 96 0")},
		{"two, which keep their order", func(s *Session, e *sipparse.Edits) { s.MoveUp(e, 0, named("opus", "PCMA")) }, m("8 96 0")},
		{"up, and another up", func(s *Session, e *sipparse.Edits) { s.MoveCodecUp(e, 0, "opus", 0); s.MoveCodecUp(e, 0, "PCMA", 0) }, m("8 96 0")},
		{"up and down", func(s *Session, e *sipparse.Edits) {
			s.MoveCodecUp(e, 0, "PCMA", 0)
			s.MoveDown(e, 0, named("PCMA"))
		}, m("0 96 8")},
		{"one that is not there", func(s *Session, e *sipparse.Edits) { s.MoveCodecUp(e, 0, "x", 0) }, m("0 8 96")},
	})
	checkEdits(t, head+"m=audio 5004 RTP/AVP 0 8 9\r\n", []editCase{
		{"up, then deleted", func(s *Session, e *sipparse.Edits) { s.MoveCodecUp(e, 0, "PCMA", 0); s.DeleteCodec(e, 0, "PCMA", 0) }, "m=audio 5004 RTP/AVP 0 9\n"},
		{"deleted, then another up", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "PCMU", 0); s.MoveCodecUp(e, 0, "G722", 0) }, "m=audio 5004 RTP/AVP 9 8\n"},
	})
}

// Formats of other media are no codecs.
func TestCodecsOfRTPOnly(t *testing.T) {
	for _, body := range []string{fax, chat} {
		m, s := parse(t, body)
		var e sipparse.Edits
		for i := range s.NMedia() {
			if m := (Media{}); s.Media(i, &m) && !m.IsRTP(s.Buf()) {
				s.KeepCodecs(&e, i, named())
				s.MoveCodecUp(&e, i, "t38", 0)
			}
		}
		wantText(t, "body", []byte(edited(t, m, &e, nil)), body)
	}
	checkEdits(t, fax, []editCase{{"by format", func(s *Session, e *sipparse.Edits) { s.DeleteFormat(e, 1, []byte("t38")) },
		strings.ReplaceAll(strings.Replace(fax, "5004", "0", 1), "\r\n", "\n")}})
}

// nathelper's fix_nated_sdp, and what a relay of media does.
func TestSetAddress(t *testing.T) {
	relay, six := []byte("203.0.113.7"), []byte("2001:db8::7")
	m, s := parse(t, call)
	var e sipparse.Edits
	for _, ok := range []bool{
		s.SetAddress(&e, SessionLevel, six),
		s.SetAddress(&e, SessionLevel, relay), // the last counts
		s.SetOriginAddress(&e, six),
		s.SetAddress(&e, 1, six),
		s.SetPort(&e, 0, 40000), s.SetPort(&e, 1, 40002),
		!s.SetAddress(&e, 0, relay), // has no c= line
		!s.SetAddress(&e, 2, relay), !s.SetAddress(&e, -2, relay), !s.SetPort(&e, 2, 1), !s.SetPort(&e, -1, 1),
		!s.SetAddress(&e, 1, nil), !s.SetAddress(&e, 1, []byte("1\r\na=x")), !s.SetOriginAddress(&e, []byte("a b")),
	} {
		if !ok {
			t.Error("another result")
		}
	}
	want := call
	for _, x := range [][2]string{
		{"o=- 1 1 IN IP4 192.0.2.1", "o=- 1 1 IN IP6 2001:db8::7"}, {"c=IN IP4 192.0.2.1", "c=IN IP4 203.0.113.7"},
		{"c=IN IP4 233.252.0.1/127", "c=IN IP6 2001:db8::7"}, {"5004", "40000"}, {"5006/2", "40002/2"},
	} {
		want = strings.Replace(want, x[0], x[1], 1)
	}
	wantText(t, "body", []byte(edited(t, m, &e, nil)), want)
}

func TestDeleteMedia(t *testing.T) {
	audio := strings.TrimPrefix(call[:strings.Index(call, "m=video")], head)
	checkEdits(t, call, []editCase{
		{"the first", func(s *Session, e *sipparse.Edits) { s.DeleteMedia(e, 0) }, "m=video 5006/2 RTP/AVP 31\nc=IN IP4 233.252.0.1/127\na=sendonly\n"},
		{"the last, and what was done to it before and after", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 1, []byte("x"))
			s.SetPort(e, 1, 1)
			s.DeleteMedia(e, 1)
			s.AddAttr(e, 1, []byte("y"))
			s.SetDirection(e, 1, Inactive)
			s.SetAddress(e, 1, []byte("192.0.2.9"))
			s.DeleteCodec(e, 1, "H261", 0)
			s.DisableMedia(e, 1)
		}, strings.ReplaceAll(audio, "\r\n", "\n")},
		{"all, and the session gets an attribute", func(s *Session, e *sipparse.Edits) {
			s.DeleteMedia(e, 1)
			s.AddAttr(e, SessionLevel, []byte("x"))
			s.DeleteMedia(e, 0)
		}, "a=x\n"},
		{"disabled", func(s *Session, e *sipparse.Edits) { s.DisableMedia(e, 1); s.DeleteMedia(e, 0) },
			"m=video 0/2 RTP/AVP 31\nc=IN IP4 233.252.0.1/127\na=sendonly\n"},
	})
	_, s := parse(t, call)
	var e sipparse.Edits
	if !s.DeleteMedia(&e, 1) || s.DeleteMedia(&e, 1) || s.DeleteMedia(&e, 2) || s.DeleteMedia(&e, SessionLevel) || !s.Deleted(&e, 1) || s.Deleted(&e, 0) {
		t.Error("another result")
	}
	if !s.DisableMedia(&e, 0) || !s.Disabled(&e, 0) || s.Disabled(&sipparse.Edits{}, 0) {
		t.Error("not disabled")
	}
}

func TestAttributes(t *testing.T) {
	checkEdits(t, head+"a=tool:x\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\na=label:1\r\n", []editCase{
		{"added at both levels", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 0, []byte("nortpproxy:yes"))
			s.AddAttr(e, 0, []byte("x"))
			s.AddAttr(e, SessionLevel, []byte("y"))
		}, "a=tool:x\na=y\nm=audio 1 RTP/AVP 0\na=ptime:20\na=label:1\na=nortpproxy:yes\na=x\n"},
		{"added and deleted", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 0, []byte("x"))
			s.AddAttr(e, 0, []byte("y"))
			s.DeleteAttr(e, 0, "x")
			s.DeleteAttr(e, 0, "LABEL")
		}, "a=tool:x\nm=audio 1 RTP/AVP 0\na=ptime:20\na=y\n"},
		{"replaced, twice", func(s *Session, e *sipparse.Edits) {
			var a Attr
			s.Attr(0, "ptime", &a)
			s.SetAttr(e, &a, []byte("ptime:30"))
			s.SetAttr(e, &a, []byte("ptime:40"))
		}, "a=tool:x\nm=audio 1 RTP/AVP 0\na=ptime:40\na=label:1\n"},
		{"all of a level deleted", func(s *Session, e *sipparse.Edits) {
			s.DeleteAttrs(e, 0, func(_, _ []byte) bool { return true })
		}, "a=tool:x\nm=audio 1 RTP/AVP 0\n"},
		{"nothing with a line end, or nowhere", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 0, []byte("x\r\na=y"))
			s.AddAttr(e, 1, []byte("x"))
			s.AddAttr(e, -2, []byte("x"))
		}, "a=tool:x\nm=audio 1 RTP/AVP 0\na=ptime:20\na=label:1\n"},
	})
}

func TestSetDirection(t *testing.T) {
	set := func(level int, ds ...Direction) func(*Session, *sipparse.Edits) {
		return func(s *Session, e *sipparse.Edits) {
			for _, d := range ds {
				s.SetDirection(e, level, d)
			}
			if got := s.DirectionNow(e, 0); got != ds[len(ds)-1] {
				t.Errorf("now %v", got)
			}
		}
	}
	checkEdits(t, head+"m=audio 1 RTP/AVP 0\r\na=sendonly\r\na=x\r\na=inactive\r\n", []editCase{
		{"one of two", set(0, RecvOnly), "m=audio 1 RTP/AVP 0\na=recvonly\na=x\n"},
		{"again", set(0, RecvOnly, SendRecv), "m=audio 1 RTP/AVP 0\na=sendrecv\na=x\n"},
	})
	checkEdits(t, head+"m=audio 1 RTP/AVP 0\r\na=x\r\n", []editCase{
		{"a new one", set(0, Inactive), "m=audio 1 RTP/AVP 0\na=x\na=inactive\n"},
		{"again", set(0, Inactive, SendOnly), "m=audio 1 RTP/AVP 0\na=x\na=sendonly\n"},
		{"the session's", set(SessionLevel, Inactive), "a=inactive\nm=audio 1 RTP/AVP 0\na=x\n"},
	})
}

// CVE-2023-27600: a body whose last line has no end, and all that can be done at it.
func TestLastLineWithoutEnd(t *testing.T) {
	checkEdits(t, head+"m=audio 5004 RTP/AVP 0 8\r\na=x\r\nm=video 1 RTP/AVP 31 8", []editCase{
		{"the last format", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 1, "PCMA", 0) }, "m=audio 5004 RTP/AVP 0 8\na=x\nm=video 1 RTP/AVP 31"},
		{"all formats", func(s *Session, e *sipparse.Edits) { s.KeepCodecs(e, 1, named()) }, "m=audio 5004 RTP/AVP 0 8\na=x\nm=video 0 RTP/AVP 8"},
		{"a new line, twice", func(s *Session, e *sipparse.Edits) {
			s.AddAttr(e, 1, []byte("x"))
			s.SetDirection(e, 1, Inactive)
			s.DeleteFormat(e, 1, []byte("31"))
		},
			"m=audio 5004 RTP/AVP 0 8\na=x\nm=video 1 RTP/AVP 8\na=x\na=inactive\n"},
		{"which goes with its media", func(s *Session, e *sipparse.Edits) { s.AddAttr(e, 1, []byte("x")); s.DeleteMedia(e, 1) },
			"m=audio 5004 RTP/AVP 0 8\na=x\n"},
		{"the media", func(s *Session, e *sipparse.Edits) { s.DeleteMedia(e, 1); s.AddAttr(e, 0, []byte("y")) },
			"m=audio 5004 RTP/AVP 0 8\na=x\na=y\n"},
	})
	checkEdits(t, head+"m=audio 5004 RTP/AVP 0 96\r\na=rtpmap:96 x/1\r\na=fmtp:96", []editCase{
		{"a format with its lines", func(s *Session, e *sipparse.Edits) { s.DeleteCodec(e, 0, "x", 0) }, "m=audio 5004 RTP/AVP 0\n"},
		{"and a new one", func(s *Session, e *sipparse.Edits) { s.AddAttr(e, 0, []byte("y")); s.DeleteCodec(e, 0, "x", 0) }, "m=audio 5004 RTP/AVP 0\na=y\n"},
	})
	checkEdits(t, "v=0", []editCase{
		{"v=0 alone", func(s *Session, e *sipparse.Edits) { s.AddAttr(e, SessionLevel, []byte("x")) }, "v=0\na=x\n"},
	})
}

// Added lines end as the others do.
func TestEditLF(t *testing.T) {
	m, s := parse(t, "v=0\nm=audio 1 RTP/AVP 0 8\na=x\n")
	var e sipparse.Edits
	s.DeleteCodec(&e, 0, "PCMU", 0)
	s.SetDirection(&e, 0, SendOnly)
	wantText(t, "body", []byte(edited(t, m, &e, nil)), "v=0\nm=audio 1 RTP/AVP 8\na=x\na=sendonly\n")
}

// A media whose m= line is broken has attributes, and no formats.
func TestEditBrokenMedia(t *testing.T) {
	checkEdits(t, head+"m=audio 70000 RTP/AVP 0 8\r\na=x\r\n", []editCase{
		{"formats and port", func(s *Session, e *sipparse.Edits) {
			s.DeleteCodec(e, 0, "PCMU", 0)
			s.DeleteFormat(e, 0, []byte("0"))
			s.SetPort(e, 0, 5)
			s.DisableMedia(e, 0)
		}, "m=audio 70000 RTP/AVP 0 8\na=x\n"},
		{"attributes", func(s *Session, e *sipparse.Edits) { s.SetDirection(e, 0, Inactive); s.DeleteAttr(e, 0, "x") }, "m=audio 70000 RTP/AVP 0 8\na=inactive\n"},
		{"all of it", func(s *Session, e *sipparse.Edits) { s.DeleteMedia(e, 0) }, ""},
	})
}

// What a branch does adds to what was done for all, and shows in this branch only.
func TestEditBranch(t *testing.T) {
	m, s := parse(t, head+"m=audio 5004 RTP/AVP 0 8 9\r\n")
	var a, b sipparse.Edits
	s.DeleteCodec(&a, 0, "PCMU", 0)
	s.MoveCodecUp(&a, 0, "G722", 0)
	s.SetDirection(&a, 0, SendOnly)
	s.SetPort(&a, 0, 1)
	b.Over(&a)
	if s.HasCodec(&b, 0, named("PCMU")) || !s.HasCodec(&b, 0, named("PCMA")) || s.DirectionNow(&b, 0) != SendOnly {
		t.Error("the branch does not see what was done")
	}
	s.DeleteCodec(&b, 0, "PCMA", 0)
	s.SetDirection(&b, 0, Inactive)
	s.SetPort(&b, 0, 2)
	wantText(t, "this branch", []byte(edited(t, m, &a, &b)), head+"m=audio 2 RTP/AVP 9\r\na=inactive\r\n")
	wantText(t, "another branch", []byte(edited(t, m, &a, nil)), head+"m=audio 1 RTP/AVP 9 8\r\na=sendonly\r\n")
}

// The description may be a part of the body.
func TestEditPart(t *testing.T) {
	body := "--b\r\nContent-Type: application/sdp\r\n\r\n" + call + "\r\n--b\r\nContent-Type: text/plain\r\n\r\nm=audio 1 RTP/AVP 0\r\n--b--\r\n"
	var m sipparse.Msg
	if e := m.Parse([]byte(strings.Replace(string(message(body)), "application/sdp", "multipart/mixed;boundary=b", 1))); e != sipparse.OK {
		t.Fatal(e)
	}
	var s Session
	part, ok := m.BodyOf("application", "sdp")
	if !ok || s.Parse(m.Buf(), part) != sipparse.OK || s.NMedia() != 2 {
		t.Fatal("no session")
	}
	var e sipparse.Edits
	s.DeleteMedia(&e, 0)
	s.SetDirection(&e, 1, Inactive)
	want := head + "m=video 5006/2 RTP/AVP 31\r\nc=IN IP4 233.252.0.1/127\r\na=inactive\r\n"
	wantText(t, "body", []byte(edited(t, &m, &e, nil)), strings.Replace(body, call, want, 1))
}

// A description that has become a part of a new body is still edited in its place, also
// one without media, which is all of the body.
func TestEditWrapped(t *testing.T) {
	const boundary = "--next-part-of-this-message-0"
	wrapped := func(body string) string {
		return boundary + "\r\nContent-Type: application/sdp\r\n\r\n" + body + "\r\n" +
			boundary + "\r\nContent-Type: text/plain\r\n\r\nx\n\ny\r\n" + boundary + "--\r\n"
	}
	for _, c := range []struct {
		name, body string
		level      int
	}{
		{"the last media", head + "m=audio 1 RTP/AVP 0\r\n", 0},
		{"all there is", head, SessionLevel},
	} {
		m, s := parse(t, c.body)
		var a, b sipparse.Edits
		s.AddAttr(&a, c.level, []byte("before"))
		if !m.AppendPart(&a, []byte("Content-Type: text/plain\r\n"), []byte("x\n\ny")) {
			t.Fatal(c.name, "not wrapped")
		}
		s.AddAttr(&a, c.level, []byte("after"))
		s.SetDirection(&a, c.level, SendOnly)
		wantText(t, c.name, []byte(edited(t, m, &a, nil)), wrapped(c.body+"a=before\r\na=after\r\na=sendonly\r\n"))
		b.Over(&a)
		s.DeleteAttr(&b, c.level, "before")
		wantText(t, c.name+", in a branch", []byte(edited(t, m, &a, &b)), wrapped(c.body+"a=after\r\na=sendonly\r\n"))
	}
}

func TestNoAllocations(t *testing.T) {
	phoneMsg, _ := parse(t, phone)
	browserMsg, _ := parse(t, browser)
	var s Session
	var e sipparse.Edits
	addr, attr, x := []byte("2001:db8::1"), []byte("nortpproxy:yes"), []byte("x")
	out := make([]byte, 0, 8192)
	for _, m := range []*sipparse.Msg{phoneMsg, browserMsg} {
		run := func() {
			e.Reset()
			s.Parse(m.Buf(), m.BodySpan())
			var md Media
			var c Codec
			for i := range s.NMedia() {
				s.Media(i, &md)
				for it := s.Codecs(&md); it.Next(&c); {
				}
				s.Held(i)
				s.SetAddress(&e, i, addr)
				s.SetPort(&e, i, 40000)
				s.MoveCodecUp(&e, i, "G722", 0)
				s.DeleteCodec(&e, i, "opus", 48000)
				s.KeepCodecs(&e, i, func(name []byte, _ uint32) bool { return len(name) < len(addr) })
				s.AddAttr(&e, i, attr)
				s.SetDirection(&e, i, Inactive)
				s.DeleteFormat(&e, i, x)
				s.DeleteAttr(&e, i, "nortpproxy")
			}
			s.SetOriginAddress(&e, addr)
			s.SetAddress(&e, SessionLevel, addr)
			out = m.AppendEdited(out[:0], &e, nil)
		}
		run() // grows what is kept
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, body string }{{"phone", phone}, {"browser", browser}} {
		b.Run("sdp="+c.name, func(b *testing.B) {
			var s Session
			body := []byte(c.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				s.Parse(body, sipparse.Span{End: uint32(len(body))})
			}
		})
	}
}

func BenchmarkKeepCodecs(b *testing.B) {
	_, s := parse(b, phone)
	keep := named("PCMU", "PCMA", "telephone-event")
	var e sipparse.Edits
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		s.KeepCodecs(&e, 0, keep)
	}
}
