package sipparse
import ("testing";"math/rand";"os";"path/filepath";"bytes";"time")
func TestHunt(t *testing.T){
 var corpus [][]byte
 filepath.Walk("/work/shared/conformance", func(p string, i os.FileInfo, e error) error { if e==nil && !i.IsDir() && i.Size()<8000 { b,_:=os.ReadFile(p); corpus=append(corpus,b, bytes.ReplaceAll(bytes.ReplaceAll(b,[]byte("\r\n"),[]byte("\n")),[]byte("\n"),[]byte("\r\n"))) }; return nil })
 for _,b:=range [][]byte{[]byte(invite), crlfs(edited), crlfs(fromAlice), request("x:\n")} { for range 100 {corpus=append(corpus,b)} }
 dict:=[]string{"\r\n","\r\n ","\n","\r"," ",",",";",";;","\"","\\","<",">","=",":","Via: ","v:","Call-ID","i:","l: 5\r\n","CSeq","\x00","[","]","@","?","tag=","rport","received=1;","SIP/2.0","\t","4294967296","9999999999","-1","branch=", "Content-Length: 0\r\n", "*"}
 r:=rand.New(rand.NewSource(time.Now().UnixNano()))
 end:=time.Now().Add(60*time.Second); n,ok,chk,rep:=0,0,0,0
 for time.Now().Before(end) { for range 100 {
  b:=bytes.Clone(corpus[r.Intn(len(corpus))])
  for k:=r.Intn(4); k>0 && len(b)>0; k-- { i:=r.Intn(len(b)); switch r.Intn(4){
   case 0: b=append(b[:i:i], append([]byte(dict[r.Intn(len(dict))]), b[i:]...)...)
   case 1: j:=min(len(b), i+r.Intn(8)); b=append(b[:i:i], b[j:]...)
   case 2: b[i]=byte(r.Intn(256))
   case 3: j:=r.Intn(len(b)); if i<j { b=append(b[:j:j], append(bytes.Clone(b[i:min(j,i+60)]), b[j:]...)...) } } }
  var m Msg; e:=m.Parse(b); n++
  checkSpans(t,&m); if m.Replyable(){ rep++; checkReply(t,&m)}
  if e==OK { ok++; if !bytes.Equal(PeekCallID(b), m.CallID()) { t.Fatalf("%q",b)}; checkAgain(t,&m); if m.IsRequest() && m.Check()==OK { chk++; checkRequests(t,&m)} }
  if t.Failed(){ t.Fatalf("%q",b)}
 }}
 t.Log(n,ok,chk,rep)
}
