import {execFileSync} from 'node:child_process';
import {writeFileSync,readFileSync} from 'node:fs';
import {specs} from './specs.ts';
import {decodeCsr} from '../../src/pki/csr.ts';
import {encodePem} from '../../src/pki/pem.ts';
const base={secretName:'s',issuerRef:{name:'ca'}};
const lit=['CN=a','CN = a , O = b','CN=a+O=b','CN=a;O=b','CN=\\23x','CN=#0c0161','CN=#13026162','CN=a\\"b','CN= a ','CN=\\ a\\ ','CN=,O=b','2.5.4.3=a','1.2.3=é','1.2.3=#0c0161','UID=u,DC=x','ST=x,L=y,STREET=z,SERIALNUMBER=7','CN=a\\0Ab','CN=\\C3\\A4','CN=a=b','CN=<a>','CN=a  b','O=x,CN=a,CN=b','CN=😀','  CN=a','CN=a\\  ','CN=\\=','CN=a\nb','CN=x#y','C=DE, O=x','1.2.840.113549.1.9.1=a@b.c,CN=x','CN=a\\2Cb','DC=a+DC=b,CN=x','OU=b+OU=a,CN=x',"CN=a*b&c@d'e"];
const cases=[...specs,...lit.map(l=>({name:`literal subject ${JSON.stringify(l)}`,spec:{...base,literalSubject:l,dnsNames:['x.example']}}))];
const c=(name,s)=>cases.push({name,spec:{...base,...s}});
c('a scheme in upper case',{uris:['HTTP://EXAMPLE.com/A']});c('a URI with spaces and a broken escape',{uris:['http://ex.com/a b%zz']});
c('an empty value',{commonName:'x',subject:{organizationalUnits:['']}});c('equal values',{commonName:'x',subject:{organizations:['a','a']}});
c('usages twice',{commonName:'x',usages:['server auth','server auth','signing','digital signature']});
c('a CA with its own usages',{commonName:'x',isCA:true,usages:['server auth']});
c('constraints on no CA',{commonName:'x',nameConstraints:{permitted:{dnsDomains:['a']}}});c('empty constraints',{commonName:'x',isCA:true,nameConstraints:{critical:true,permitted:{}}});
c('IPv4-mapped constraints',{commonName:'x',isCA:true,nameConstraints:{permitted:{ipRanges:['::ffff:10.0.0.0/104','2001:db8::1/32']}}});
for(const [a,s] of [['RSA',undefined],['RSA',3072],['RSA',4096],['RSA',8192],['ECDSA',undefined],['ECDSA',384],['ECDSA',521],['Ed25519',undefined]])c(`a key ${a} ${s??''}`.trim(),{commonName:'x',privateKey:{algorithm:a,...(s&&{size:s})}});
for(const e of [{},{commonName:''},{subject:{organizations:['o']}},{literalSubject:'O=o'},{dnsNames:['ä.example']},{emailAddresses:['ä@example.com']},{ipAddresses:['1.2.3']},{ipAddresses:['01.2.3.4']},{uris:['http://ä.example/']},{commonName:'x',usages:['bogus']},{literalSubject:'cn=a'},{literalSubject:'CN=a,'},{literalSubject:'CN="a,b"'},{literalSubject:'CN=\\C3'},{literalSubject:'GN=x,CN=a'},{otherNames:[{oid:'1.2.3'}]},{otherNames:[{utf8Value:'x'}]},{otherNames:[{oid:'3.1.1',utf8Value:'x'}]},{commonName:'x',privateKey:{algorithm:'RSA',size:1024}},{commonName:'x',privateKey:{algorithm:'ECDSA',size:2048}},{commonName:'x',isCA:true,nameConstraints:{permitted:{ipRanges:['10.0.0.0']}}},{commonName:'x',isCA:true,nameConstraints:{permitted:{dnsDomains:['ä']}}}])c('refused: '+JSON.stringify(e),e);
const ups=JSON.parse(execFileSync('/tmp/b-go2/up',{input:JSON.stringify(cases.map(({name,spec})=>({Name:name,Spec:spec})))}));
const h=b=>Buffer.from(b).toString('hex');
const out=cases.flatMap(({name,spec},i)=>{const u=ups[i];if(name==='otherNames'){return[]}
 if(u.Error){if(!name.startsWith('refused'))console.log('unexpected refusal',name,u.Error);return [{name,spec,refused:true}]}
 if(name.startsWith('refused'))console.log('unexpected ok',name);
 const d=decodeCsr(encodePem('X',Buffer.from(u.DER,'base64')));
 const alg=u.Alg.replace('Ed25519','PureEd25519').replace(/^SHA(\d+)-RSA/,'SHA$1WithRSA').replace(/^ECDSA-SHA/,'ECDSAWithSHA');
 return [{name,spec,signatureAlgorithm:alg,subject:h(d.subjectDer),extensions:d.extensions.map(e=>({oid:e.oid,critical:e.critical,value:h(e.value)}))}]});
writeFileSync('test/oracle/upstream-requests.json',JSON.stringify({source:"Requests that GenerateCSR of github.com/cert-manager/cert-manager v1.21.1 (pkg/util/pki, Go 1.26.8) makes of these specs, with the gates for basic constraints, name constraints, other names and literal subjects on; `refused` where it returns an error.",cases:out},null,2)+'\n');
console.log(out.length);
