import {execFileSync} from 'node:child_process';
import {specs,allGates} from './specs.ts';
import {csrTemplateOf,decodeCsr} from '../../src/pki/csr.ts';
import {encodePem} from '../../src/pki/pem.ts';
import {formatName} from '../../src/pki/distinguished-name.ts';
const base={secretName:'s',issuerRef:{name:'i'}};
const more=[];
const lit=['CN=a','cn=a','CN=a,O=b','CN = a , O = b','CN=a+O=b','CN=a;O=b','CN=\\23x','CN=#0c0161','CN=#13026162','CN=#1601ff','CN="a,b"','CN=a\\"b','CN= a ','CN=\\ a\\ ','CN=a\\','CN','=a','CN=','','CN=,O=b',',','CN=a,','+CN=a','2.5.4.3=a','1.2.3=é','1.2.3=#0c0161','1.2.3=#020101','OID.1.2.3=x','UID=u,DC=x','E=a@b','ST=x,L=y,STREET=z','SERIALNUMBER=7','CN=a\\0Ab','CN=\\C3\\A4','CN=\\c3\\a4','CN=\\C3','CN=ä','CN=a=b','CN=<a>','CN=\\<a\\>','CN=a  b','CN=a\\+b','O=x,CN=a,CN=b','GN=x,CN=a','CN=a\\,b\\;c','CN=😀','  CN=a','CN=a  ','CN=a\\  ','\\CN=a','CN=\\=','CN=a\nb','CN=x#y','CN=\\#y','CN=#zz','CN=#','CN=a\u00a0','C=DE, O=x','1.2.840.113549.1.9.1=a@b.c,CN=x','CN=a\\2Cb','CN=a\\2cb', 'POSTALCODE=1,CN=x','2.5.4.17=1,CN=x','S=x,CN=y','DC=a+DC=b,CN=x','CN=b+CN=a','OU=b+OU=a,CN=x','3.1=x,CN=y','1=x,CN=y','01.2=x,CN=y','1.2.=x,CN=y','CN=a*b','CN=a&b','CN=a@b',"CN=a'b"];
for(const l of lit)more.push({name:'literal '+JSON.stringify(l),spec:{...base,literalSubject:l,dnsNames:['x.y']}});
for(const l of ['CN=a','O=a','CN='])more.push({name:'only literal '+l,spec:{...base,literalSubject:l}});
const v=(name,s)=>more.push({name,spec:{...base,...s}});
v('nothing',{}); v('subject only',{subject:{organizations:['o']}});
for(const u of ['http://a b/','spiffe://x','HTTP://EXAMPLE.com/A','http://ex.com/ä','http://ex.com/%zz','http://ex.com/%41','a b','mailto:x@y','//x','http://[::1]/','http://ex.com/?q=a b','http://ex.com/#a b','urn:a','http://ä.de/','','http://ex.com/a|b','http://ex.com/{x}','http://ex.com/"x"','http://ex.com/<x>','http://ex.com/[x]','http://user:p w@ex.com/','http://user:pw@ex.com/','http://ex.com:80/','http://ex.com:8x/','ht tp://x','1http://x','/path','path','http://ex.com/a%2fb','http://ex.com/a%2Fb ä','http://ex.com/^`','http://ex.com?x','http://ex.com#','http://ex.com/?','HTTP:OPAQUE x','urn:ä','http://ex.com/\u007f','http://ex.com/*()!$&\'',"spiffe://a/b?c",'http://a%20b/','http://[fe80::1%25eth0]/',':x','http://','http:///x','http:','http:x y','http://EX.com/%c3%A4ä'])v('uri '+u,{uris:[u]});
for(const e of ['a@b','ä@b.c','a@ä.de','','a b@c','<a@b>','A B <a@b.c>','a'])v('email '+e,{emailAddresses:[e]});
for(const d of ['a','','ä.de','*','a b','-a','a..b','A.B','a.'])v('dns '+d,{dnsNames:[d]});
for(const i of ['1.2.3.4','::1','1.2.3','x','::ffff:1.2.3.4','1::','fe80::1%eth0','01.2.3.4',' 1.2.3.4','1.2.3.4/8',''])v('ip '+i,{ipAddresses:[i]});
for(const [o,x] of [['1.2.3','x'],['1.2.3',''],['','x'],['1','x'],['1.2','é'],['abc','x'],['1.2.3.','x'],['2.5.4.3','x'],['3.1.1','x'],['1.40.1','x'],['1.2.4294967296','x'],['1.2.99999999999999999999','x'],['1.02.3','x'],['1.2.-3','x'],['0.39.1','x'],['2.999.1','x']])v('other '+o+x,{otherNames:[{oid:o,utf8Value:x}]});
v('other none',{otherNames:[{}]});
for(const c of ['10.0.0.0/8','10.1.2.3/8','x','10.0.0.0','::/0','::ffff:10.0.0.0/104','2001:db8::1/32','1.2.3.4/33','1.2.3.4/08'])v('cidr '+c,{commonName:'x',isCA:true,nameConstraints:{permitted:{ipRanges:[c]}}});
for(const c of ['example.com','.example.com','*.example.com','ä','','a b'])for(const f of ['dnsDomains','emailAddresses','uriDomains'])v('nc '+f+c,{commonName:'x',isCA:true,nameConstraints:{critical:true,excluded:{[f]:[c]}}});
v('nc empty',{commonName:'x',isCA:true,nameConstraints:{}});v('nc empty critical',{commonName:'x',isCA:true,nameConstraints:{critical:true,permitted:{}}});v('nc not ca',{commonName:'x',nameConstraints:{permitted:{dnsDomains:['a']}}});
for(const u of [['any'],['s/mime','email protection'],['server auth','server auth'],['signing','digital signature'],['bogus'],['cert sign'],[],['client auth','server auth'],['decipher only']])v('usages '+u,{commonName:'x',usages:u});
v('ca no usages',{commonName:'x',isCA:true,encodeUsagesInRequest:false});v('ca',{commonName:'x',isCA:true});v('ca usages',{commonName:'x',isCA:true,usages:['server auth']});
for(const a of [undefined,'RSA','ECDSA','Ed25519'])for(const s of [undefined,256,384,521,2048,3072,4096,8192,1024,100])v(`key ${a} ${s}`,{commonName:'x',privateKey:{algorithm:a,size:s}});
for(const cn of ['a'.repeat(64),'a'.repeat(65),'*','a*b','a@b','a&b','a_b','é','\u0000','😀','a\tb'])v('cn '+cn,{commonName:cn});
v('dup dns',{dnsNames:['a','a']});
v('subject',{commonName:'x',subject:{countries:['DE','AT'],organizations:['a','a'],organizationalUnits:['']}});
v('subject empties',{commonName:'x',subject:{countries:[],serialNumber:''}});
const all=[...specs,...more];
const ups=JSON.parse(execFileSync('/tmp/b-go2/up',{input:JSON.stringify(all.map(({name,spec})=>({Name:name,Spec:spec})))}));
let same=0,errs=0;
all.forEach(({name,spec},i)=>{
 const up=ups[i];let t,err='';try{t=csrTemplateOf(spec,allGates)}catch(e){err=`${e.name}: ${e.message}`}
 if(up.Error||err){ if(!!up.Error===!!err){errs++; if(process.env.TEXT&&err.replace(/^DecodeError: /,'')!==up.Error)console.log('TEXT',name,'\n   up ',up.Error,'\n   our',err);return} console.log('VERDICT',name,'| upstream:',up.Error||'ok','| ours:',err||'ok '+JSON.stringify(t&&formatName(decodeName2(t)))); return}
 let u;try{u=decodeCsr(encodePem('X',up.DER?Buffer.from(up.DER,'base64'):Buffer.alloc(0)))}catch(e){console.log('WE CANNOT READ UPSTREAM',name,e.message);return}
 const h=b=>Buffer.from(b).toString('hex');
 const a=JSON.stringify([up.Alg.replace('Ed25519','PureEd25519').replace(/^SHA(\d+)-RSA/,'SHA$1WithRSA').replace(/^ECDSA-SHA/,'ECDSAWithSHA'),h(u.subjectDer),u.extensions.map(e=>[e.oid,e.critical,h(e.value)])]),b=JSON.stringify([t.signatureAlgorithm,h(t.subjectDer),t.extensions.map(e=>[e.oid,e.critical,h(e.value)])]);
 if(a===b)same++;else console.log('BYTES',name,'\n   up ',a,'\n   our',b, '\n', JSON.stringify(formatName(u.subject)),JSON.stringify(u.names.uris));
});
function decodeName2(t){return decodeName(readDer(t.subjectDer))}
import {decodeName} from '../../src/pki/distinguished-name.ts';import {readDer} from '../../src/pki/der.ts';
console.log('same',same,'both refuse',errs,'of',all.length);
