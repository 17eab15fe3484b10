// Google's credential files, as gcloud and the console write them. Reads text, gives typed values; asks nobody.
// Sources that run programs or ask AWS are not supported.
import { isTextList, memberOf, textOf } from '../json-api.ts';

export interface ServiceAccountKey {
  readonly kind: 'serviceAccount';
  readonly email: string;
  readonly keyId: string;
  readonly privateKeyPem: string;
  readonly tokenUrl: string;
}

/** What `gcloud auth application-default login` leaves behind. */
export interface AuthorizedUser {
  readonly kind: 'authorizedUser';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Workload identity federation (AIP-4117): a token of somebody else's is exchanged. */
export interface ExternalAccount {
  readonly kind: 'externalAccount';
  readonly audience: string;
  readonly subjectTokenType: string;
  readonly tokenUrl: string;
  readonly userProject: string | undefined;
  readonly source: SubjectTokenSource;
  /** Where the service account is impersonated with what the exchange gave; absent: that is enough. */
  readonly impersonationUrl: string | undefined;
}

/** The member of the JSON that has the token; a file without one is the token. */
export type SubjectTokenSource =
  | { readonly file: string; readonly jsonMember: string | undefined }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly jsonMember: string };

export interface Impersonation {
  readonly kind: 'impersonation';
  readonly source: GoogleCredentials;
  readonly url: string;
  readonly delegates: readonly string[];
}

export type GoogleCredentials = ServiceAccountKey | AuthorizedUser | ExternalAccount | Impersonation;

const deepestSource = 3;

/** Undefined where the text is no such file, or lacks something. Never throws. */
export function parseCredentials(text: string): GoogleCredentials | undefined {
  try {
    return credentialsIn(JSON.parse(text), deepestSource);
  } catch {
    return undefined;
  }
}

/**
 * Only a key is taken from a Secret: the other kinds name files and addresses that whoever wrote the Secret may not be allowed to read. What signs
 * people in is reached by https.
 */
export function parseServiceAccountKey(text: string): ServiceAccountKey | undefined {
  const credentials = parseCredentials(text);
  const isKey = credentials?.kind === 'serviceAccount' && credentials.tokenUrl.startsWith('https://');
  return isKey ? credentials : undefined;
}

function credentialsIn(json: unknown, depth: number): GoogleCredentials | undefined {
  const text = (...path: readonly string[]) => textOf(json, ...path);
  switch (depth === 0 ? undefined : text('type')) {
    case 'service_account':
      return complete({
        kind: 'serviceAccount',
        email: text('client_email'),
        keyId: text('private_key_id') ?? '',
        privateKeyPem: text('private_key'),
        tokenUrl: text('token_uri') ?? 'https://oauth2.googleapis.com/token',
      });
    case 'authorized_user':
      return complete({
        kind: 'authorizedUser',
        clientId: text('client_id'),
        clientSecret: text('client_secret'),
        refreshToken: text('refresh_token'),
      });
    case 'external_account':
      return externalAccount(json);
    case 'impersonated_service_account': {
      const delegates = memberOf(json, 'delegates');
      return complete({
        kind: 'impersonation',
        source: credentialsIn(memberOf(json, 'source_credentials'), depth - 1),
        url: text('service_account_impersonation_url'),
        delegates: isTextList(delegates) ? delegates : [],
      });
    }
    default:
      return undefined;
  }
}

function externalAccount(json: unknown): ExternalAccount | undefined {
  const account = complete({
    kind: 'externalAccount' as const,
    audience: textOf(json, 'audience'),
    subjectTokenType: textOf(json, 'subject_token_type'),
    tokenUrl: textOf(json, 'token_url') ?? 'https://sts.googleapis.com/v1/token',
    source: subjectTokenSource(memberOf(json, 'credential_source')),
  });
  if (account === undefined) return undefined;
  return {
    ...account,
    userProject: textOf(json, 'workforce_pool_user_project'),
    impersonationUrl: textOf(json, 'service_account_impersonation_url'),
  };
}

function subjectTokenSource(json: unknown): SubjectTokenSource | undefined {
  const [file, url] = [textOf(json, 'file'), textOf(json, 'url')];
  const isJson = textOf(json, 'format', 'type') === 'json';
  const jsonMember = isJson ? textOf(json, 'format', 'subject_token_field_name') : undefined;
  if (isJson && jsonMember === undefined) return undefined;
  if (file !== undefined) return { file, jsonMember };
  // AWS has a URL too, but needs its own signatures.
  if (url === undefined || jsonMember === undefined || memberOf(json, 'environment_id') !== undefined) return undefined;
  const headers = Object.entries(memberOf(json, 'headers') ?? {}).filter(([, value]) => typeof value === 'string');
  return { url, headers: Object.fromEntries(headers) as Record<string, string>, jsonMember };
}

/** The value where nothing in it is missing. */
function complete<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } | undefined {
  const isWhole = Object.values(value).every((each) => each !== undefined);
  return isWhole ? (value as { [K in keyof T]: NonNullable<T[K]> }) : undefined;
}
