package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
)

// Reading variables allocates nothing: what they say is the message's, or the run's
// memory.
func TestVariablesDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	for name, text := range map[string]string{
		"message":  "$ci $cs $rm $mi $ml $msg.type $msg.is_request $si $sp $src_ip $Ri $Rp $pr $ua $cl",
		"headers":  "$hdr(Contact) $(hdr(Via)[*]) $hdrcnt(Via) $hdr_name $(hdr_name[*])",
		"contact":  "$ct $(ct[*]) $ct.fields(uri) $(ct.fields(q)[-1])",
		"body":     "$rb $(rb[0]) $rb(application/sdp) $cT $(cT[*]) $sdp $sdp.line(m=audio/[1]) $sdp.stream(audio/a=) $sdp.session(v=)",
		"parties":  "$fu $fU $fd $fn $ft $from $tu $tU $td $tn $tt $to.user $ai $pu $pU $pd $pn $re $rt $di $dir $dip",
		"auth":     "$au $aU $ad $ar $adu $an $auth.resp $auth.qop $Au $challenge.realm",
		"uris":     "$ru $rU $rd $rp $rP $ou $oU $od $op $oP $du $dd $dp $dP $ds $path",
		"sockets":  "$socket_in $socket_in(ip) $socket_in(port) $socket_in(proto) $socket_in(af) $socket_out $socket_out(forced)",
		"branches": "$msg.branch $msg.branch.uri $(msg.branch.q[*]) $ru_q $bf $mf $msg.flag(a) $branch.flag(b) $msg.branch.last_idx",
		"process":  "$Ts $Tsm $TS $Tf $time(%Y-%m-%d) $pp $C(rx) $cfg_line $cfg_file $log_level $xlog_level",
	} {
		t.Run(name, func(t *testing.T) { checkAllocs(t, 1, `$var(text) = "`+text+`"; t_relay();`) })
	}
}
