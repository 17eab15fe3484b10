import {readdirSync,readFileSync} from 'node:fs';import {execFileSync} from 'node:child_process';import {decodePrivateKey,keyViolations,keyFactsOf} from '../../src/pki/keys.ts';
const d='/tmp/b-try/keys/';const fs=readdirSync(d).filter(f=>f!=='dsap.pem');
const specs=[{},{privateKey:{algorithm:'ECDSA'}},{privateKey:{algorithm:'Ed25519'}},{privateKey:{size:1024}}];
const qs=fs.flatMap(f=>specs.map(s=>({Kind:'key',Key:readFileSync(d+f,'utf8'),Spec:{secretName:'x',issuerRef:{name:'x'},...s,privateKey:{...(s as any).privateKey}},Req:{request:'',issuerRef:{name:'x'}}})));
const u=JSON.parse(execFileSync('/tmp/b-go3/up3',{input:JSON.stringify(qs)}));
let i=0;for(const f of fs)for(const s of specs){const up=u[i++];let o,e='';try{o=keyViolations(keyFactsOf(decodePrivateKey(readFileSync(d+f))),s as any)}catch(x){e=`${x.message}`;if(x.name!=='DecodeError')e=x.stack}
 const same=!!e===!!up.Error&&(e||JSON.stringify(o)===JSON.stringify(up.V??[]));if(s===specs[0]||!same)console.log(same?(e===up.Error?'=':'~'):'DIFF',f,'| up',up.Error||JSON.stringify(up.V),'| our',e||JSON.stringify(o));}
