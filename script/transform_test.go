package script

import (
	"strings"
	"testing"
)

const sdpText = "v=0\r\nm=audio 1 RTP/AVP 0\r\nm=video 2 RTP/AVP 31\r\na=x\r\nm=audio 3 RTP/AVP 8\r\n"

func TestTransformations(t *testing.T) {
	rows := []struct{ in, tr, want string }{
		{"abc", "{s.len}", "3"}, {"", "{s.len}", "0"},
		{"42", "{s.int}", "42"}, {"-7", "{s.int}", "-7"}, {" 7", "{s.int}", "0"}, {"", "{s.int}", "0"}, {"x", "{s.int}", "0"}, {"-4x", "{s.int}", "-4"}, {"4x", "{s.int}", "4"}, {"2147483648", "{s.int}", "-2147483648"},
		{"AbC", "{s.tolower}", "abc"}, {"AbC", "{s.toupper}", "ABC"},
		{" \ta b\r\n", "{s.trim}", "a b"}, {"  a ", "{s.triml}{s.len}", "2"}, {" a  ", "{s.trimr}{s.len}", "2"},
		{"abc", "{s.reverse}", "cba"},
		{"abcdef", "{s.substr,1,2}", "bc"}, {"abcdef", "{s.substr,2}", "cdef"}, {"abcdef", "{s.substr,6,1}", "<null>"}, {"", "{s.substr,0,0}", "<null>"}, {"abc", "{s.substr,-4,1}", "<null>"}, {"abcdef", "{s.substr,2,0}", "cdef"},
		{"abcdef", "{s.substr,-2,1}", "e"}, {"abcdef", "{s.substr,1,-2}", "bcd"}, {"abcdef", "{s.substr,1,99}", "bcdef"}, {"abc", "{s.substr,7,1}", "<null>"},
		{"a,b,c", "{s.select,0,,}", "a"}, {"a,b,c", "{s.select,1,,}", "b"}, {"a,b,c", "{s.select,-1,,}", "c"}, {"a,b,c", "{s.select,-3,,}", "a"},
		{"a,b,c", "{s.select,3,,}", "<null>"}, {"a,,c", "{s.select,1,,}", ""}, {"a,b,c", "{s.select,-4,,}", "<null>"}, {"user@host", "{s.select,1,@}", "host"},
		{"sip:a@b:1", "{s.index,:}", "3"}, {"sip:a@b:1", "{s.index,:,4}", "7"}, {"abc", "{s.index,x}", "<null>"}, {"abcabc", "{s.index,b,-8}", "4"}, {"abc", "{s.index,a,3}", "<null>"}, {"abc", "{s.index,abcd}", "<null>"}, {"abc", "{s.index,B}", "<null>"}, {"abcabc", "{s.index,b,-2}", "4"},
		{"abcabc", "{s.rindex,b}", "4"}, {"abcabc", "{s.rindex,b,3}", "1"}, {"abc", "{s.rindex,x}", "<null>"}, {"abcabc", "{s.rindex,abc,2}", "0"}, {"abcabc", "{s.rindex,abc,9}", "3"}, {"abcabc", "{s.rindex,b,-9}", "1"},
		{"ab1", "{s.encode.hexa}", "616231"}, {"616231", "{s.decode.hexa}", "ab1"}, {"61623", "{s.decode.hexa}", "ab"}, {"6z", "{s.decode.hexa}", "<null>"},
		{"ff", "{s.hex2dec}", "255"}, {"0x1F", "{s.hex2dec}", "31"}, {"xyz", "{s.hex2dec}", "<null>"}, {"255", "{s.dec2hex}", "ff"},
		{"abc", "{s.b64encode}", "YWJj"}, {"YWJj", "{s.b64decode}", "abc"}, {"YW*j", "{s.b64decode}", "<null>"},
		{"abc", "{s.xor,k}{s.xor,k}", "abc"},
		{"7", "{s.fill.left,0,3}", "007"}, {"7", "{s.fill.right,ab,4}", "7aba"}, {"7", "{s.fill.left,ab,4}", "bab7"}, {"1234", "{s.fill.left,0,3}", "1234"},
		{"abc", "{s.width,2}", "ab"}, {"abc", "{s.width,5}", "abc  "}, {"abc", "{s.width,0}", "<null>"},
		{"abc", "{s.md5}", "900150983cd24fb0d6963f7d28e17f72"},          // RFC 1321 §A.5
		{"abc", "{s.sha1}", "a9993e364706816aba3e25717850c26c9cd0d89d"}, // FIPS 180-1 §A
		{"abc", "{s.crc32}", "891568578"},
		{"what do ya want for nothing?", "{s.sha1_hmac,Jefe}", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"}, // RFC 2202 §3
		{"Sat, 13 Nov 2010 23:29:00 GMT", "{s.date2unix}", "1289690940"},                                   // the Date of RFC 3261 §20.17
		{`it's "a\b"`, "{s.escape.common}", `it\'s \"a\\b\"`}, {`it's "a\b"`, "{s.escape.common}{s.unescape.common}", `it's "a\b"`},
		{"a b@c", "{s.escape.user}", "a%20b%40c"}, {"a%20b%40c", "{s.unescape.user}", "a b@c"}, {"a%2", "{s.unescape.user}", "<null>"}, {"a%zz", "{s.unescape.user}", "<null>"},
		{"a;b=c", "{s.escape.param}", "a%3bb%3dc"}, {"a%3bb", "{s.unescape.param}", "a;b"},
		{"a=1;b=\"x;y\";c", "{param.value,b}", "x;y"}, {"a=1;b=2", "{param.value,A}", "1"}, {"a=1", "{param.value,z}", "<null>"}, {"a=1;lr", "{param.value,lr}", ""}, {"a=1&b=2", "{param.value,b,&}", "2"},
		{"a=1; b=2;c", "{param.count}", "3"}, {"a=1; b=2;c", "{param.name,1}", "b"}, {"a=1; b=2;c", "{param.name,-1}", "c"}, {"a=1; b=2", "{param.valueat,1}", "2"},
		{"a=1", "{param.valueat,3}", "<null>"}, {"a=1;lr", "{param.exist,lr}", "1"}, {"a=1;lr", "{param.exist,x}", "0"}, {"", "{param.count}", "<null>"},
		{`a,"b,c","d ""e"""`, "{csv.count}", "3"}, {`a,"b,c","d ""e"""`, "{csv.value,1}", "b,c"}, {`a,"b,c","d ""e"""`, "{csv.value,-1}", `d "e"`}, {"a", "{csv.value,2}", "<null>"},
		{"sip:bob:pw@b.example:5070;transport=tcp;lr?Subject=x", "{uri.user}", "bob"},
		{"sip:bob:pw@b.example:5070;transport=tcp;lr?Subject=x", "{uri.passwd}", "pw"},
		{"sip:bob@b.example:5070", "{uri.host}", "b.example"}, {"sip:bob@[2001:db8::1]:5070", "{uri.domain}", "[2001:db8::1]"},
		{"sip:bob@b.example:5070", "{uri.port}", "5070"}, {"sip:bob@b.example", "{uri.port}", "<null>"},
		{"sip:bob@b.example;transport=tcp;lr", "{uri.params}", "transport=tcp;lr"}, {"sip:bob@b.example;transport=tcp;lr", "{uri.transport}", "tcp"},
		{"sip:bob@b.example;user=phone", "{uri.uparam}", "phone"}, {"sip:b.example;a=5", "{uri.param,a}", "5"}, {"sip:b.example;lr", "{uri.lr}", "<null>"}, {"sip:b.example;lr=on", "{uri.lr}", "on"}, {"sip:b.example;lr", "{uri.param,lr}", ""}, {"sip:b.example;lr", "{uri.param,x}", "<null>"},
		{"sip:b.example", "{uri.user}", "<null>"}, {"sip:b.example?Subject=x", "{uri.headers}", "Subject=x"}, {"sips:b.example", "{uri.schema}", "sips"}, {"nonsense", "{uri.user}", "<null>"},
		{`"Bob B" <sip:bob@b.example>;tag=7;x`, "{nameaddr.uri}", "sip:bob@b.example"}, {`"Bob B" <sip:bob@b.example>;tag=7;x`, "{nameaddr.name}", `"Bob B"`},
		{`"Bob B" <sip:bob@b.example>;tag=7;x`, "{nameaddr.param,tag}", "7"}, {`Bob <sip:b.example>;tag=7;x`, "{nameaddr.params}", "tag=7;x"}, {`<sip:b.example>`, "{nameaddr.len}", "15"},
		{`Bob <sip:b.example`, "{nameaddr.uri}", "<null>"},
		{"SIP/2.0/UDP pc.example:5066;branch=z9hG4bK7;received=192.0.2.1;rport=9, SIP/2.0/TCP x", "{via.host}", "pc.example"},
		{"SIP/2.0/UDP pc.example:5066;branch=z9hG4bK7", "{via.port}", "5066"}, {"SIP / 2.0 / UDP [2001:db8::9];branch=z", "{via.host}", "[2001:db8::9]"},
		{"SIP/2.0/UDP pc.example;branch=z9hG4bK7;received=192.0.2.1;rport=9", "{via.branch}{s.len}", "8"}, {"SIP/2.0/UDP pc.example;received=192.0.2.1", "{via.received}", "192.0.2.1"},
		{"SIP/2.0/UDP pc.example;rport=9", "{via.rport}", "9"}, {"SIP/2.0/UDP pc.example;x=y", "{via.param,x}", "y"}, {"SIP/2.0/UDP pc.example;x=y", "{via.transport}", "UDP"}, {"junk", "{via.host}", "<null>"}, {"SIP/2.0/UDP pc.example", "{via.port}", "<null>"}, {"SIP/2.0/UDP pc.example", "{via.params}", "<null>"},
		{"SIP/2.0/UDP pc.example;branch=1 (so far)", "{via.comment}", "so far"}, {"SIP/2.0/UDP pc.example;branch=1 (so far)", "{via.branch}", "1"}, {"SIP/2.0/UDP pc.example;branch=1", "{via.comment}", "<null>"},
		{"alice@a.example", `{re.subst,/^(.*)@.*$/\\1/}`, "alice"}, {"alice@a.example", `{re.subst,/A/x/}`, "alice@a.example"}, {"alice@a.example", `{re.subst,/A/x/gi}`, "xlice@x.exxmple"}, {"aaaa", `{re.subst,/a\\{2\\}/<\\0>/}`, "<aa>aa"},
		{"a.b.c", `{re.subst,/\\./, /g}`, "a, b, c"}, {"a/b", `{re.subst,|/|\\||}`, "a|b"}, {"a\nb", `{re.subst,/a.b/x/}`, "a\nb"}, {"a\nb", `{re.subst,/a.b/x/s}`, "x"}, {"a\nb", `{re.subst,/^/>/g}`, ">a\n>b"}, {"", `{re.subst,/^/x/}`, "<null>"},
		{"abc", `{re.subst,/b/[$var(x)$param(1)]/}`, "a[abcabc]c"},
		{"n=$param(1){s}", "{s.eval}", "n=n=$param(1){s}{s}"}, {"$(param(1){s.len})", "{s.eval}", "18"}, {"$nonsense", "{s.eval}", "<null>"}, {"plain", "{s.eval}", "plain"}, {"$(var(x){s.eval})", "{s.eval}{s.len}", "6"},
		{sdpText, "{sdp.line,m}", "m=audio 1 RTP/AVP 0"}, {sdpText, "{sdp.line,m,2}", "m=audio 3 RTP/AVP 8"}, {sdpText, "{sdp.line,a,1}", "<null>"}, {sdpText, "{sdp.line,m,-1}", "<null>"}, {"", "{sdp.line,m}", "<null>"},
		{sdpText, "{sdp.stream,1}", "m=video 2 RTP/AVP 31\r\na=x\r\n"}, {sdpText, "{sdp.stream,-1}", "m=audio 3 RTP/AVP 8\r\n"}, {sdpText, "{sdp.stream,VIDEO}{s.len}", "27"}, {sdpText, "{sdp.stream,3}", "<null>"}, {sdpText, "{sdp.stream,text}", "<null>"},
		{sdpText, "{sdp.stream-delete,audio}", "v=0\r\nm=video 2 RTP/AVP 31\r\na=x\r\n"}, {sdpText, "{sdp.stream-delete,0}{sdp.line,m}", "m=video 2 RTP/AVP 31"}, {sdpText, "{sdp.stream-delete,-1}{sdp.stream,-1}{s.len}", "27"}, {sdpText, "{sdp.stream-delete,text}", "<null>"},
		{"10.0.0.1", "{ip.isip}", "1"}, {"host.example", "{ip.isip}", "0"}, {"::1", "{ip.isip6}", "1"}, {"::1", "{ip.isip4}", "0"}, {"10.0.0.1", "{ip.isprivate}", "1"}, {"8.8.8.8", "{ip.isprivate}", "0"}, {"100.64.0.1", "{ip.isprivate}", "1"}, {"fd00::1", "{ip.isprivate}", "0"}, {"", "{ip.isip}", "<null>"},
		{"10.9.0.1", "{ip.matches,10.0.0.0/8}", "1"}, {"11.9.0.1", "{ip.matches,10.0.0.0/8}", "0"}, {"x", "{ip.matches,10.0.0.0/8}", "<null>"}, {"::1", "{ip.matches,10.0.0.0/8}", "<null>"}, {"10.0.0.1", "{ip.matches,10.0.0.1}", "<null>"}, {"2001:db8::7", "{ip.matches,2001:db8::/32}", "1"}, {"10.0.0.1", "{ip.pton}{ip.ntop}", "10.0.0.1"}, {"2001:db8::1", "{ip.pton}{ip.family}", "INET6"},
	}
	h := newBed(t)
	r := `$var(x) = $param(1); say("$(var(x)TR)");`
	for _, c := range rows {
		prog := h.compile("route { " + strings.Replace(r, "TR", c.tr, 1) + " }")
		run := h.pool.Get(prog, h, nil)
		run.SetParams(StrValue([]byte(c.in)))
		h.log = nil
		run.Start(0, 0)
		if got := h.log[len(h.log)-1]; got != c.want { // behind what it may complain about
			t.Errorf("%q %s = %q, want %q", c.in, c.tr, got, c.want)
		}
		h.pool.Put(run)
	}
}

func TestTransformationsOfNullAndInt(t *testing.T) {
	checkRows(t, []row{
		{`say("$(var(x){s.len}) $(var(x){s.int}) $(var(x){uri.user}) $(var(x){s.trim}{s.len})");`, "<null> <null> <null> <null>"},
		{`$var(x) = 1234; say("$(var(x){s.len}) $(var(x){s.int}) $(var(x){s.substr,1,2})");`, "4 1234 23"},
		// Arguments are format strings.
		{`$var(x) = "abcdef"; $var(i) = 2; say("$(var(x){s.substr,$var(i),$(var(x){s.len})})");`, "cdef"},
	})
}
