package sipparse

import (
	"fmt"
	"strings"
	"testing"
)

// anomalies are what a hostile sender writes where a value should be.
var anomalies = []struct{ name, text string }{
	{"empty", ""},
	{"zero", "0"},
	{"long", strings.Repeat("a", 16000)},
	{"long number", strings.Repeat("9", 16000)},
	{"format", "%s%n%x%.4097d"},
	{"negative", "-1"},
	{"2**31", "2147483648"},
	{"2**32", "4294967296"},
	{"2**64", "18446744073709551616"},
	{"8 bit", "\xff\xfe\xc0\x80"},
	{"NUL", "a\x00b"},
	{"CR", "a\rb"},
	{"LF", "a\nb"},
	{"fold", "a\r\n b"},
	{"spaces", "a   b"},
	{"quote", `"`},
	{"half escape", `"\`},
	{"semicolons", ";;;;"},
	{"commas", ",,,,"},
	{"ats", "@@@@"},
	{"colons", "::::"},
	{"slashes", "////"},
	{"opened", "<<<<"},
	{"closed", ">>>>"},
}

// An element is a place in a message, and what becomes of the message with an
// anomaly there: most give the element's error, or OK, and some another.
type element struct {
	name    string
	message string // with %s
	most    Error
	others  others
}

// others are the anomalies, separated by ", ", that have another outcome. Control
// characters are refused as such, but where a token is all there can be.
type others map[Error]string

var controls = others{ErrControl: "NUL", ErrBareCR: "CR", ErrBareLF: "LF"}

const anomalyFrame = "INVITE sip:bob@example.com SIP/2.0\n" +
	"Via: SIP/2.0/UDP a.example.com:5060;branch=z9hG4bK1\n" +
	"Max-Forwards: 70\n" +
	"From: Alice <sip:alice@example.com>;tag=1\n" +
	"To: Bob <sip:bob@example.com>\n" +
	"Call-ID: abc@a.example.com\n" +
	"CSeq: 7 INVITE\n" +
	"Contact: <sip:alice@a.example.com>;expires=60\n" +
	"Expires: 60\n" +
	"X-Header: x\n" +
	"Content-Length: 0\n\n"

// in puts with, which has %s in it, in the place of old.
func in(old, with string) string {
	if strings.Count(anomalyFrame, old) != 1 {
		panic("BUG: not once in the message: " + old)
	}
	return strings.ReplaceAll(strings.Replace(anomalyFrame, old, with, 1), "\n", "\r\n")
}

// What all tokens are, and all host names.
const (
	tokens  = "zero, long, long number, format, negative, 2**31, 2**32, 2**64"
	hosts   = "zero, long, long number, negative, 2**31, 2**32, 2**64"
	visible = tokens + ", 8 bit, ats, colons, slashes, opened, closed"
)

var (
	responseFrame = anomalyFrame[strings.Index(anomalyFrame, "Via"):]
	ofResponse    = func(line string) string { return strings.ReplaceAll(line+"\n"+responseFrame, "\n", "\r\n") }
)

var elements = []element{
	{"method", strings.Replace(in("INVITE sip:bob", "%[1]s sip:bob"), "7 INVITE", "7 %[1]s", 1), ErrRequestLine, others{OK: tokens}},
	{"Request-URI", in("sip:bob@example.com SIP", "%s SIP"), ErrURI, others{ErrRequestLine: "empty, fold, spaces"}},
	{"user", in("sip:bob@example.com SIP", "sip:%s@example.com SIP"), OK,
		others{ErrURI: "empty, quote, half escape, ats, colons, opened, closed", ErrRequestLine: "fold, spaces"}},
	{"host", in("sip:bob@example.com SIP", "sip:bob@%s SIP"), ErrURI, others{OK: hosts, ErrRequestLine: "fold, spaces"}},
	{"port", in("sip:bob@example.com SIP", "sip:bob@example.com:%s SIP"), ErrURI, others{OK: "zero", ErrRequestLine: "fold, spaces"}},
	{"version", in("SIP/2.0\nVia", "SIP/%s\nVia"), ErrRequestLine, nil},
	{"status", ofResponse("SIP/2.0 %s OK"), ErrStatusCode, others{ErrHeaderName: "fold"}},
	{"reason", ofResponse("SIP/2.0 200 %s"), OK, others{ErrHeaderName: "fold"}},
	{"header name", in("X-Header", "%s"), ErrHeaderName, others{OK: tokens}},
	{"header value", in("X-Header: x", "X-Header: %s"), OK, nil},
	{"Via version", in("SIP/2.0/UDP", "SIP/%s/UDP"), ErrVia, others{OK: tokens}},
	{"Via transport", in("SIP/2.0/UDP", "SIP/2.0/%s"), ErrVia, others{OK: tokens}},
	{"Via host", in("a.example.com:5060", "%s:5060"), ErrVia, others{OK: hosts}},
	{"Via port", in("a.example.com:5060", "a.example.com:%s"), ErrVia, others{OK: "zero"}},
	{"branch", in("branch=z9hG4bK1", "branch=%s"), ErrVia, others{OK: visible}},
	{"received", in("branch=z9hG4bK1", "received=%s"), ErrVia, others{OK: visible}},
	{"rport", in("branch=z9hG4bK1", "rport=%s"), ErrVia, others{OK: "empty, zero, commas"}}, // what follows the first comma is not the top Via
	{"ttl", in("branch=z9hG4bK1", "ttl=%s"), ErrVia, others{OK: "empty, zero, commas"}},
	{"From display name", in("Alice", "%s"), OK, others{ErrFrom: "quote, half escape, semicolons, commas, opened, closed"}},
	{"From URI", in("<sip:alice@example.com>", "<%s>"), ErrFrom, nil},
	{"From tag", in("tag=1", "tag=%s"), OK, others{ErrFrom: "fold, spaces, quote, half escape, semicolons, commas"}},
	{"To display name", in("Bob", "%s"), OK, others{ErrTo: "quote, half escape, semicolons, commas, opened, closed"}},
	{"To URI", in("<sip:bob@example.com>", "<%s>"), ErrTo, nil},
	{"Call-ID", in("abc@a.example.com", "%s"), OK, others{ErrCallID: "empty, fold, spaces"}},
	{"CSeq number", in("7 INVITE", "%s INVITE"), ErrCSeq, others{OK: "zero", ErrCSeqRange: "long number, 2**31, 2**32, 2**64"}},
	{"CSeq method", in("7 INVITE", "7 %s"), ErrCSeq, others{ErrCSeqMethod: tokens}},
	{"Max-Forwards", in("70", "%s"), ErrMaxForwards, others{OK: "zero"}},
	{"Content-Length", in("Length: 0", "Length: %s"), ErrContentLength, others{OK: "zero"}},
	{"Contact", in("<sip:alice@a.example.com>;expires=60", "%s"), OK, nil}, // is forwarded as it came
	{"Expires", in("Expires: 60", "Expires: %s"), OK, nil},
}

// want returns what becomes of e with an anomaly.
func (e *element) want(anomaly string) Error {
	if err, ok := e.others.of(anomaly); ok {
		return err
	}
	if err, ok := controls.of(anomaly); ok && e.most != ErrRequestLine && e.most != ErrHeaderName {
		return err
	}
	return e.most
}

func (o others) of(anomaly string) (Error, bool) {
	for err, names := range o {
		for name := range strings.SplitSeq(names, ", ") {
			if name == anomaly {
				return err, true
			}
		}
	}
	return OK, false
}

// Each element with each anomaly: no panic, nothing out of bounds, and one refusal.
func TestAnomalies(t *testing.T) {
	count := tally{}
	for _, e := range elements {
		for _, a := range anomalies {
			t.Run(e.name+"/"+a.name, func(t *testing.T) {
				b := fmt.Appendf(nil, e.message, a.text)
				var m Msg
				parsed := m.Parse(b)
				got := m.Check()
				count.add(e.name, got)
				if want := e.want(a.name); got != want {
					t.Errorf("%s, want %s", errName(got), errName(want))
				}
				if len(b) < 4096 {
					parsePlaced(t, b)
				}
				if wantInside(t, &m); parsed == OK {
					checkRebuilt(t, &m)
				}
			})
		}
	}
	t.Log(count)
}
