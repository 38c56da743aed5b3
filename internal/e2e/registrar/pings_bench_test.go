package registrar

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/nathelper"
	"github.com/fastsips/fastsips/modules/usrloc"
	store "github.com/fastsips/fastsips/usrloc"
)

const benchedPings = `
modparam("nathelper", "natping_interval", 10)
modparam("nathelper", "sipping_bflag", "SIPPING")
modparam("nathelper", "sipping_from", "sip:pinger@example.com")
`

// What a period of pings costs, with the network in memory that they go to: the time for one
// ping of each of 100,000 contacts, and what is allocated.
func BenchmarkPings(b *testing.B) {
	const contacts = 100_000
	for _, sip := range []bool{false, true} {
		b.Run(fmt.Sprintf("sip=%v", sip), func(b *testing.B) {
			pings, location := nathelper.New().(*nathelper.Module), usrloc.New().(*usrloc.Module)
			net := siptest.NewNet()
			v := siptest.StartVirtual(b, net, siptest.VirtualConfig{Script: pinging + benchedPings + savesNated, Modules: module.Catalogue{
				"nathelper": func() module.Module { return pings }, "usrloc": func() module.Module { return location }}})
			got := 0
			to := net.Listen(func(loop.Addr, []byte) { got++ })
			s, c := location.Location(), store.Contact{URI: []byte("sip:u@" + to.String()), CallID: []byte("1"), Q: store.NoQ, Socket: []byte("udp:" + v.Address())}
			if sip {
				c.BranchFlags = 1<<32 - 1
			}
			v.Group().Do(0, func(l *loop.Loop) {
				for i := range contacts {
					ch := s.NewChange(l, s.Declare("location"), fmt.Appendf(nil, "user%d@example.com", i))
					ch.Upsert(&c)
					s.Begin(l, ch)
				}
			})
			if err := pings.Open(nil); err != nil {
				b.Fatal(err)
			}
			defer v.Stop()
			defer pings.Close()
			net.Run(10*time.Second, nil)
			b.ReportAllocs()
			got = 0
			for b.Loop() {
				net.Run(10*time.Second, nil)
			}
			b.ReportMetric(float64(got)/float64(b.N), "pings/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(got, 1)), "ns/ping")
		})
	}
}
