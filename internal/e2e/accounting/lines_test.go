package accounting

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/siptest"
)

const linesScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "acc.so"
modparam("acc", "early_media", 1)
modparam("acc", "report_cancels", 1)
modparam("acc", "extra_fields", "log: caller -> src; dst")
modparam("acc", "leg_fields", "log: leg")
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	record_route();
	$acc_extra(caller) = $fU;
	switch ($rU) {
	case "cdr":
		do_accounting("log", "cdr");
		break;
	case "nobody":
		do_accounting("log", "missed|failed");
		t_reply(404, "Never Heard Of");
		exit;
	case "forged":
		$acc_extra(dst) = "a\r\nACC: call missed: forged";
		acc_log_request("403 Not Here");
		exit;
	default:
		do_accounting("log", "missed");
	}
	t_relay();
}
`

// moments are what differs from run to run.
var moments = regexp.MustCompile(`(timestamp|created|call_start_time|duration|ms_duration|setuptime)=[0-9]+`)

// A phone sends and answers by hand.
type phone struct {
	*siptest.Endpoint
	proxy string
}

// send sends a request with a Call-ID, and a From tag f.
func (p *phone) send(method, uri, call string, more ...string) {
	p.Send(p.proxy, fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\nMax-Forwards: 70\nFrom: <sip:alice@x.test>;tag=f\nTo: <sip:bob@x.test>%s\nCall-ID: %s\nCSeq: 1 %s\nContact: <sip:alice@%s>\n%s",
		method, uri, p.Addr(), call, toTagOf(more), call, method, p.Addr(), strings.Join(rest(more), "\n")))
}

func toTagOf(more []string) string {
	if len(more) > 0 && strings.HasPrefix(more[0], ";tag=") {
		return more[0]
	}
	return ""
}

func rest(more []string) []string {
	if toTagOf(more) != "" {
		return more[1:]
	}
	return more
}

// answer answers a request, with To tag t.
func (p *phone) answer(m *siptest.Message, status, body string) {
	lines := []string{"SIP/2.0 " + status}
	for _, name := range []string{"Via", "Record-Route", "From", "Call-ID", "CSeq"} {
		for _, v := range scenario.RawValues(m.Raw, name) {
			lines = append(lines, name+": "+v)
		}
	}
	to := scenario.RawValue(m.Raw, "To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=t"
	}
	lines = append(lines, "To: "+to, "Contact: <sip:bob@"+p.Addr()+">")
	p.Send(p.proxy, strings.Join(lines, "\n")+"\n\n"+body)
}

// giveUp makes a call that is cancelled while it rings.
func giveUp(alice, bob *phone, call, answer string) {
	uri := "sip:bob@" + bob.Addr()
	alice.send("INVITE", uri, call)
	m := bob.Await("INVITE", patience)
	bob.answer(m, "180 Ringing", "")
	alice.Await("180", patience)
	alice.send("CANCEL", uri, call)
	bob.answer(bob.Await("CANCEL", patience), "200 OK", "")
	bob.answer(m, answer, "")
	alice.Await("487", patience)
}

// The lines of the log are as OpenSIPS writes them, down to the byte: "ACC: transaction
// answered: timestamp=...;method=...;from_tag=...;to_tag=...;call_id=...;code=...;reason=...".
// early_media: "any provisional reply with body" is accounted too; report_cancels: CANCELs.
// What could end a line in a value does not.
func TestLines(t *testing.T) {
	p := siptest.StartProxy(t, linesScript)
	alice, bob := &phone{siptest.Listen(t), p.Addr}, &phone{siptest.Listen(t), p.Addr}
	target := "@" + bob.Addr()

	alice.send("INVITE", "sip:bob"+target, "early")
	m := bob.Expect("INVITE", patience)
	bob.answer(m, "180 Ringing", "")
	bob.answer(m, "183 Listen", "v=0\n")
	bob.answer(m, "200 Sure Thing", "")
	alice.Await("200", patience)

	alice.send("INVITE", "sip:cdr"+target, "talk")
	bob.answer(bob.Expect("INVITE", patience), "200 OK", "")
	ok := alice.Await("200/INVITE", patience)
	alice.send("BYE", "sip:bob"+target, "talk", ";tag=t", "Route: "+scenario.RawValue(ok.Raw, "Record-Route"))
	bob.answer(bob.Await("BYE", patience), "200 Bye", "")
	alice.Await("200/BYE", patience)

	giveUp(alice, bob, "given-up", "487 Given Up")

	alice.send("INVITE", "sip:nobody"+target, "unknown")
	alice.Await("404", patience)
	alice.send("INVITE", "sip:forged"+target, "forged")
	p.WaitLog("403", patience)

	var got []string
	for _, line := range p.Log() {
		if at := strings.Index(line, "ACC: "); at >= 0 {
			got = append(got, moments.ReplaceAllString(line[at:], "$1=N"))
		}
	}
	const at = "timestamp=N;method="
	want := []string{
		"ACC: transaction answered: " + at + "INVITE;from_tag=f;to_tag=t;call_id=early;code=183;reason=Listen;src=alice;dst=;leg=",
		"ACC: transaction answered: " + at + "INVITE;from_tag=f;to_tag=t;call_id=early;code=200;reason=Sure Thing;src=alice;dst=;leg=",
		"ACC: call ended: created=N;call_start_time=N;duration=N;ms_duration=N;setuptime=N;method=INVITE;from_tag=f;to_tag=t;call_id=talk;code=200;reason=OK;src=alice;dst=;leg=",
		"ACC: transaction answered: " + at + "CANCEL;from_tag=f;to_tag=;call_id=given-up;code=200;reason=OK;src=alice;dst=;leg=",
		"ACC: call missed: " + at + "INVITE;from_tag=f;to_tag=t;call_id=given-up;code=487;reason=Given Up;src=alice;dst=;leg=",
		"ACC: call missed: " + at + "INVITE;from_tag=f;to_tag=;call_id=unknown;code=404;reason=Not Found;src=alice;dst=;leg=",
		"ACC: transaction answered: " + at + "INVITE;from_tag=f;to_tag=;call_id=unknown;code=404;reason=Not Found;src=alice;dst=;leg=",
		"ACC: request accounted: " + at + "INVITE;from_tag=f;to_tag=;call_id=forged;code=403;reason=Not Here;src=alice;dst=a  ACC: call missed: forged;leg=",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
