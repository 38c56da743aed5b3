package core

import (
	"reflect"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script/syntax"
)

func TestLoopGlobals(t *testing.T) {
	for text, want := range map[string]loopGlobals{
		"":                     {},
		"loops=3":              {loops: 3},
		"udp_workers=8":        {workers: 8},
		"children=4":           {workers: 4},
		"cpu_affinity=\"0-1\"": {cpus: []int{0, 1}},
		"cpu_affinity=1":       {cpus: []int{1}},
		"udp_workers = 16 use_auto_scaling_profile PROFILE_SIP\nloops=2\nauto_scaling_profile = PROFILE_SIP\n scale up to 32 on 70% for 1 cycles within 3": {
			workers: 16, loops: 2},
	} {
		var d syntax.Diags
		m := New()
		module.Load(syntax.Parse("t.cfg", []byte(text+"\nroute { exit; }"), nil, &d), nil, m, nil, &d)
		loops, workers, affinity := m.Loops()
		if got := (loopGlobals{loops, workers, affinity}); d.Errors() > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v; %v", text, got, want, d.List)
		}
	}
}

// A mistake is shown where it stands.
func TestLoopGlobalsMistaken(t *testing.T) {
	for text, want := range map[string]string{
		"udp_workers=0": "1:13", "udp_workers=-1": "1:13", "udp_workers=99999": "1:13", "loops=-1": "1:7", "loops=1025": "1:7", "cpu_affinity=-1": "1:14",
		"cpu_affinity=1024": "1:14", `cpu_affinity="3-1"`: "1:14", `cpu_affinity=""`: "1:14", "udp_workers=0 use_auto_scaling_profile P": "1:13",
		"socket=udp:127.0.0.1:5060 use_workers 0": "1:8", "socket=udp:127.0.0.1:5060 use_workers -1": "1:8", "socket=udp:127.0.0.1:5060 use_workers 1025": "1:8",
	} {
		var d syntax.Diags
		module.Load(syntax.Parse("t.cfg", []byte(text+"\nroute { exit; }"), nil, &d), nil, New(), nil, &d)
		var b strings.Builder
		d.Render(&b)
		if d.Errors() == 0 || !strings.HasPrefix(b.String(), "t.cfg:"+want+": error: ") {
			t.Errorf("%s: %s", text, &b)
		}
	}
}

// use_workers of a UDP socket is how many loops read it, of another has no meaning.
func TestSocketReaders(t *testing.T) {
	s := started(t, "socket=udp:127.0.0.1:5060 use_workers 2\nsocket=tcp:127.0.0.1:5060 use_workers 2\nsocket=udp:127.0.0.1:5061 use_auto_scaling_profile P\nauto_scaling_profile = P scale up to 6 on 70% for 4 cycles within 5")
	if a := s.Listeners; a[0].Readers != 2 || a[2].Readers != 0 {
		t.Errorf("%+v", a)
	}
	var d syntax.Diags
	module.Load(syntax.Parse("t.cfg", []byte("socket=tcp:127.0.0.1:5060 use_workers 2\nroute { exit; }"), nil, &d), nil, New(), nil, &d)
	if len(d.List) != 1 || !strings.Contains(d.List[0].Msg, "no meaning for tcp") {
		t.Error(d.List)
	}
}
