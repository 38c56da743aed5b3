package e2e

import (
	"fmt"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3261 §16.7 6: the best response is "one of the 6xx" or else of "the lowest
// response class"; within a class "the proxy SHOULD give preference to responses that
// provide information affecting resubmission of this request, such as 401, 407, 415,
// 420, and 484 if the 4xx class is chosen". OpenSIPS ranks a local timeout and a 503
// last of all; with reply_order="rfc3261" a timeout is a 4xx like others.
//
// checklist: C040 C041
func TestBestResponse(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"opensips", "rfc3261"} {
		t.Run("order="+order, func(t *testing.T) { testBestResponse(t, order) })
	}
}

func testBestResponse(t *testing.T, order string) {
	phones := []*siptest.Endpoint{siptest.Listen(t), siptest.Listen(t), siptest.Listen(t)}
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
modparam("tm", "reply_order", "[order]")
route {
	append_msg_branch("sip:two@[two]");
	append_msg_branch("sip:three@[three]");
	t_relay();
}`, map[string]string{"two": phones[1].Addr(), "three": phones[2].Addr(), "order": order})
	alice := siptest.Listen(t)
	for i, c := range []struct {
		answers [3]int
		want    int
		rfc     int // where it is another one
	}{
		{answers: [3]int{404, 486, 480}, want: 404},
		{answers: [3]int{486, 404, 480}, want: 404},
		{answers: [3]int{500, 486, 580}, want: 486},
		{answers: [3]int{500, 302, 486}, want: 302},
		{answers: [3]int{302, 301, 404}, want: 301},
		{answers: [3]int{404, 401, 407}, want: 401},
		{answers: [3]int{404, 486, 407}, want: 407},
		{answers: [3]int{400, 415, 404}, want: 415},
		{answers: [3]int{404, 420, 484}, want: 420},
		{answers: [3]int{480, 404, 484}, want: 484},
		{answers: [3]int{484, 302, 404}, want: 302},
		{answers: [3]int{503, 580, 500}, want: 500},
		{answers: [3]int{503, 408, 504}, want: 504, rfc: 408},
		{answers: [3]int{503, 408, 503}, want: 408},
		{answers: [3]int{503, 503, 503}, want: 500}, // and is not forwarded as 503
		{answers: [3]int{404, 486, 600}, want: 600},
		{answers: [3]int{404, 603, 302}, want: 603},
		{answers: [3]int{404, 404, 200}, want: 200},
	} {
		t.Run(fmt.Sprint(c.answers), func(t *testing.T) {
			id := fmt.Sprint("best", i)
			alice.Send(p.Addr, request(alice, "INVITE", "sip:one@"+phones[0].Addr(), id))
			// The order of arrival must not matter; what ends the wait comes last.
			for _, n := range lastOnes(c.answers) {
				m := await(phones[n], "INVITE", id)
				answer(phones[n], m, c.answers[n])
			}
			if order == "rfc3261" && c.rfc != 0 {
				c.want = c.rfc
			}
			m := await(alice, "final", id)
			if m.Status() != c.want {
				t.Errorf("%d, want %d", m.Status(), c.want)
			}
			if m.Status() >= 300 {
				alice.Send(p.Addr, request(alice, "ACK", "sip:one@"+phones[0].Addr(), id, "To: "+top(m, "To"), "CSeq: 1 ACK"))
			}
		})
	}
}

// lastOnes returns the indices of answers from the last to the first, those of 2xx and
// 6xx behind the others.
func lastOnes(answers [3]int) (order []int) {
	for i := len(answers) - 1; i >= 0; i-- {
		if answers[i]/100 == 2 || answers[i]/100 == 6 {
			order = append(order, i)
		} else {
			order = append([]int{i}, order...)
		}
	}
	return order
}
