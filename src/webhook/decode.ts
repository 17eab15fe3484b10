// From JSON that somebody sent to an admission request that can be looked at. What the API server has checked against the schema is not checked
// again; what other code relies on is.
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { servedKinds } from '../api/served-kinds.ts';
import { DecodeError } from '../base/errors.ts';
import type { AdmissionRequest, UserInfo } from './review.ts';

type Members = Readonly<Record<string, unknown>>;

/** `what` of the DecodeErrors that are thrown here. */
export const undecodable = 'admission request';

const fail = (message: string): never => {
  throw new DecodeError(undecodable, message);
};
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

/** The part of a request that every operation has. Throws DecodeError. */
export function requireRequest(request: unknown): asserts request is AdmissionRequest {
  if (!isObject(request)) return fail('the review has no request');
  const { resource, operation, userInfo } = request;
  if (!isText(operation)) fail('the request has no operation');
  if (
    !isObject(resource) ||
    !isText(resource['group']) ||
    !isText(resource['version']) ||
    !isText(resource['resource'])
  )
    fail('the request names no resource');
  if (userInfo !== undefined && userInfo !== null) requireUser(userInfo);
}

function requireUser(user: unknown): asserts user is UserInfo {
  if (!isObject(user)) return fail('userInfo is not an object');
  const { username, uid, groups, extra } = user;
  for (const value of [username, uid])
    if (value !== undefined && !isText(value)) fail('userInfo is not what it should be');
  if (groups !== undefined && !isTextList(groups)) fail('userInfo.groups is not a list of strings');
  if (extra !== undefined && !(isObject(extra) && Object.values(extra).every(isTextList)))
    fail('userInfo.extra is not a map of lists of strings');
}

/** Our kind behind the resource of a request. Throws DecodeError where it is none of ours. */
export function kindOf({ resource }: AdmissionRequest): ResourceType {
  const { group, version, resource: plural } = resource;
  const kind = servedKinds.find((each) => each.group === group && each.version === version && each.plural === plural);
  return kind ?? fail(`no kind is registered for the resource ${JSON.stringify(`${plural}.${version}.${group}`)}`);
}

/** An object of that kind. Throws DecodeError. */
export function requireObject(object: unknown, kind: ResourceType): KubeObject {
  if (object === undefined || object === null) return fail('there is no content to decode');
  if (!isObject(object)) return fail('the object is not a JSON object');
  const apiVersion = `${kind.group}/${kind.version}`;
  if (object['apiVersion'] !== apiVersion || object['kind'] !== kind.kind)
    fail(`the object is not of apiVersion ${apiVersion} and kind ${kind.kind}`);
  const { metadata, spec, status } = object;
  if (!isObject(metadata)) return fail('the object has no metadata');
  for (const part of [metadata['annotations'], metadata['labels'], spec, status])
    if (part !== undefined && part !== null && !isObject(part))
      fail('metadata, spec or status is not what it should be');
  return object as unknown as KubeObject;
}
