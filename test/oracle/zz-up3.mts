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
const all=[...specs.filter(s=>s.name!=='URIs'&&s.name!=='otherNames'),...more.filter(m=>!/^uri|^other|^nc .*a b/.test(m.name))];

import {signCsr,verifyCsr} from '../../src/pki/csr.ts';
import {generateKey,encodePrivateKey,decodePrivateKey,keyViolations,keyFactsOf} from '../../src/pki/keys.ts';
import {requestViolations,leafViolations} from '../../src/pki/match.ts';
import {decodeCertificates,decodeCertificate} from '../../src/pki/certificate.ts';
import {parseSigner,signRequest,selfSignRequest} from '../../src/pki/signer.ts';
import {parseSingleCertificateChain} from '../../src/pki/chain.ts';
import {temporaryCertificate} from '../../src/pki/throwaway.ts';
import {leafFactsOf} from '../../src/pki/secret-facts.ts';
const up3=(qs)=>JSON.parse(execFileSync('/tmp/b-go3/up3',{input:JSON.stringify(qs),maxBuffer:1<<28}));
const ec=await generateKey({algorithm:'ECDSA',size:256}), rsa=await generateKey({algorithm:'RSA',size:2048});
const usable=[];
for(const {name,spec} of all){try{const pem=signCsr(csrTemplateOf({...spec,privateKey:{algorithm:'ECDSA',size:256}},allGates),ec);usable.push({name,spec,pem,b64:Buffer.from(pem).toString('base64')})}catch{}}
console.log('usable',usable.length);
let rnd=12345;const r=n=>{rnd=(rnd*1103515245+12345)&0x7fffffff;return rnd%n};
const tally={};const bump=(k)=>tally[k]=(tally[k]??0)+1;let shown={};
const show=(k,...x)=>{bump(k+' DIFF');shown[k]=(shown[k]??0)+1;if(shown[k]<=25)console.log(k,...x.map(y=>typeof y==='string'?y.slice(0,300):JSON.stringify(y).slice(0,400)))};
const secs={'':0,'24h':86400};
// match
{const qs=[];const pairs=[];
 const add=(a,spec,req)=>{pairs.push([a,spec,req]);qs.push({Kind:'match',Spec:spec,Req:{request:a.b64,issuerRef:req.issuerRef??{name:'i'},isCA:req.isCA??false,usages:req.usages}});};
 for(const a of usable){add(a,a.spec,{issuerRef:a.spec.issuerRef,isCA:a.spec.isCA,usages:a.spec.usages});add(a,a.spec,{})}
 for(let i=0;i<4000;i++){const a=usable[r(usable.length)],b=usable[r(usable.length)];add(a,b.spec,{issuerRef:b.spec.issuerRef,isCA:b.spec.isCA,usages:b.spec.usages})}
 const u=up3(qs);pairs.forEach(([a,spec,req],i)=>{let v,e='';try{v=requestViolations({apiVersion:'x',kind:'CertificateRequest',metadata:{name:'x'},spec:{request:a.b64,issuerRef:req.issuerRef??{name:'i'},isCA:req.isCA??false,usages:req.usages}},spec)}catch(x){e=x.message}
  const uv=u[i].V??[];if(!!e!==!!u[i].Error){show('match-err',a.name,'vs',spec,'| up',u[i].Error||uv,'| our',e||v)}else if(!e&&JSON.stringify(v)!==JSON.stringify(uv))show('match',a.name,'spec',spec,'| up',uv,'| our',v);else bump('match same');});}
// sign
const caCsr=(cn,key,alg)=>decodeCsr(signCsr(csrTemplateOf({...base,commonName:cn,isCA:true,privateKey:alg},allGates),key));
const now=new Date();const o={durationMs:48*3600e3,isCA:true,usages:undefined,now};
const root=selfSignRequest(caCsr('root',rsa,{algorithm:'RSA',size:2048}),rsa,o).certificatePem;
const rootS=parseSigner({certificatesPem:root,keyPem:encodePrivateKey(rsa,'PKCS8'),caPem:root});
const midKey=await generateKey({algorithm:'ECDSA',size:384});
const mid=signRequest(caCsr('mid',midKey,{algorithm:'ECDSA',size:384}),rootS,o).certificatePem;
const h=b=>Buffer.from(b).toString('hex');
const view=c=>({subj:h(c.subjectDer),iss:h(c.issuerDer),spki:h(c.spki),alg:h(c.signatureAlgorithm),ext:c.extensions.map(e=>[e.oid,e.critical,h(e.value)]),v:c.version,dur:c.notAfter-c.notBefore});
const goCsr=JSON.parse(execFileSync('/tmp/b-try/go-oracle',['make'])).filter(x=>x.kind==='request').map(x=>({name:'go '+x.name,der:Buffer.from(x.der,'base64')}));
const {requestsMadeByOpenssl}=await import('./made-by-openssl.ts');
const extra=[...goCsr,...requestsMadeByOpenssl().map(x=>({name:'openssl '+x.name,der:Buffer.from(x.der)}))].map(x=>{const pem=encodePem('CERTIFICATE REQUEST',x.der);return{name:x.name,spec:{},pem,b64:Buffer.from(pem).toString('base64')}});
const usageSets=[undefined,['server auth'],['digital signature','key encipherment','server auth','client auth'],['any'],['cert sign'],['s/mime'],['bogus']];
for(const kind of ['sign','selfsign'])for(const [caName,ca,caKey,caPem] of [['root',root,rsa,root],['mid',mid+root,midKey,root]]){if(kind==='selfsign'&&caName==='mid')continue;
 const signer=parseSigner({certificatesPem:ca,keyPem:encodePrivateKey(caKey,'PKCS8'),caPem});
 const qs=[],items=[];
 for(const a of [...usable,...extra])for(const req of [{isCA:a.spec.isCA,usages:a.spec.usages},{isCA:!a.spec.isCA,usages:a.spec.usages},...(r(3)===0||a.name.includes('openssl')||a.name.includes('go ')?usageSets.map(u=>({isCA:false,usages:u})):[])]){items.push([a,req]);qs.push({Kind:kind,CA:ca,Key:encodePrivateKey(kind==='sign'?caKey:ec,'PKCS8'),Seconds:86400,Req:{request:a.b64,issuerRef:{name:'i'},isCA:req.isCA??false,usages:req.usages}})}
 const u=up3(qs);
 items.forEach(([a,req],i)=>{let res,e='';try{const csr=decodeCsr(a.pem);const opt={durationMs:86400e3,isCA:req.isCA??false,usages:req.usages,now,crlDistributionPoints:['http://crl/'],ocspServers:['http://ocsp/'],issuingCertificateURLs:['http://issuer/']};res=kind==='sign'?signRequest(csr,signer,opt):selfSignRequest(csr,ec,opt)}catch(x){e=x.message}
  if(!!e!==!!u[i].Error)return show(kind+'-verdict',caName,a.name,req,'| up',u[i].Error||'ok','| our',e||'ok');
  if(e){if(e===u[i].Error)bump(kind+' same error');else show(kind+'-text',a.name,'| up',u[i].Error,'| our',e);return}
  const uc=decodeCertificates(u[i].PEM,1e6),oc=decodeCertificates(kind==='sign'?res.certificatePem:res.certificatePem,1e6);
  const uo=JSON.stringify(view(uc[0])),oo=JSON.stringify(view(oc[0]));
  if(uo!==oo)show(kind+'-bytes',a.name,req,'\n  up ',JSON.stringify(view(uc[0]).ext.map(x=>x.join(' ')))+uo.length,'\n  our',JSON.stringify(view(oc[0]).ext.map(x=>x.join(' ')))+oo.length);
  else if(kind==='sign'&&(JSON.stringify(uc.slice(1).map(c=>h(c.der)))!==JSON.stringify(oc.slice(1).map(c=>h(c.der)))||u[i].CAPEM!==res.caPem))show(kind+'-chain',caName,a.name,uc.length,oc.length,u[i].CAPEM===res.caPem);
  else bump(kind+' same');});}
// fuzzy
{const leaves=usable.map(a=>{try{return [a,signRequest(decodeCsr(a.pem),rootS,{durationMs:3600e3,isCA:a.spec.isCA??false,usages:a.spec.usages,now}).certificatePem]}catch(e){return null}}).filter(Boolean);
 const qs=[],items=[];for(let i=0;i<4000;i++){const [a,pem]=leaves[r(leaves.length)],b=i<leaves.length?leaves[i][0]:usable[r(usable.length)];const x=i<leaves.length?leaves[i]:[a,pem];items.push([x[0],x[1],b.spec]);qs.push({Kind:'fuzzy',Cert:x[1],Spec:b.spec,Req:{request:'',issuerRef:{name:'x'}}})}
 const u=up3(qs);items.forEach(([a,pem,spec],i)=>{if(spec.literalSubject)return;const v=leafViolations(leafFactsOf(decodeCertificates(pem,1e6)[0]),spec);const uv=u[i].V??[];if(u[i].Error)show('fuzzy-err',a.name,u[i].Error);else if(JSON.stringify(v)!==JSON.stringify(uv))show('fuzzy',a.name,'spec',spec,'| up',uv,'| our',v);else bump('fuzzy same')});}
// chain
{const other=selfSignRequest(caCsr('other',ec,{algorithm:'ECDSA',size:256}),ec,o).certificatePem;
 const midS=parseSigner({certificatesPem:mid,keyPem:encodePrivateKey(midKey,'PKCS8'),caPem:root});
 const leaf=signRequest(decodeCsr(usable[0].pem),midS,{...o,isCA:false}).certificatePem.split(/(?<=END CERTIFICATE-----\n)/)[0];
 const ss=selfSignRequest(decodeCsr(usable[0].pem),ec,{...o,isCA:false}).certificatePem;
 const root2=selfSignRequest(caCsr('root',rsa,{algorithm:'RSA',size:2048}),rsa,o).certificatePem; // same key and name, other cert
 const midOnly=mid.split(/(?<=END CERTIFICATE-----\n)/)[0];
 const pool={leaf,mid:midOnly,root,other,ss,root2};const names=Object.keys(pool);const qs=[],items=[];
 for(let i=0;i<800;i++){const n=1+r(4);const list=Array.from({length:n},()=>names[r(names.length)]);items.push(list);qs.push({Kind:'chain',CA:list.map(x=>pool[x]).join(''),Req:{request:'',issuerRef:{name:'x'}}})}
 const u=up3(qs);const back=p=>p.split(/(?<=END CERTIFICATE-----\n)/).filter(Boolean).map(c=>names.find(n=>pool[n]===c)).join();
 items.forEach((list,i)=>{let res,e='';try{res=parseSingleCertificateChain(decodeCertificates(list.map(x=>pool[x]).join(''),1e6))}catch(x){e=x.message}
  if(!!e!==!!u[i].Error)show('chain-verdict',list.join(),'| up',u[i].Error||back(u[i].PEM)+' ca '+back(u[i].CAPEM),'| our',e||back(res.chainPem)+' ca '+back(res.caPem));
  else if(e){if(e===u[i].Error)bump('chain same error');else show('chain-text',u[i].Error,e)}
  else if(back(res.chainPem)!==back(u[i].PEM)||back(res.caPem)!==back(u[i].CAPEM))show('chain',list.join(),'| up',back(u[i].PEM)+' ca '+back(u[i].CAPEM),'| our',back(res.chainPem)+' ca '+back(res.caPem));else bump('chain same')});}
// temp
{const items=usable;const u=up3(items.map(a=>({Kind:'temp',Key:encodePrivateKey(ec,'PKCS8'),Spec:{...a.spec,privateKey:{algorithm:'ECDSA',size:256}},Req:{request:'',issuerRef:{name:'x'}}})));
 items.forEach((a,i)=>{let pem,e='';try{pem=temporaryCertificate({...a.spec},ec,now)}catch(x){e=x.message}
  if(!!e!==!!u[i].Error)return show('temp-verdict',a.name,'| up',u[i].Error||'ok','| our',e||'ok');if(e)return bump('temp both refuse');
  const f=c=>JSON.stringify([h(c.subjectDer),h(c.spki),c.extensions.filter(x=>x.oid!=='2.5.29.35').map(x=>[x.oid,x.critical,h(x.value)]),c.notAfter-c.notBefore]);
  const uo=f(decodeCertificates(u[i].PEM,1e6)[0]),oo=f(decodeCertificates(pem,1e6)[0]);if(uo!==oo)show('temp',a.name,'\n  up ',uo,'\n  our',oo);else bump('temp same')});}
console.log(tally);
