# Serves moto with what it does differently from AWS put right: https://docs.aws.amazon.com/Route53/latest/APIReference/
# - record sets with a SetIdentifier are deleted by name, type and identifier, and what is not there is InvalidChangeBatch;
# - ListHostedZonesByName starts at DNSName, ordered by the labels from the last, and has pages;
# - AssumeRoleWithWebIdentity needs no signature, and takes only tokens that start with "eyJ", as JWTs do;
# - refusals are ErrorResponses, as documented, each with a request id of its own;
# - requests of the access key `harness` are taken as they are.
import sys
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import _RESTError
from moto.core.responses import ActionResult
from moto.route53 import models, responses
from moto.route53.exceptions import Route53ClientError
from moto.server import main
from moto.sts import responses as sts
from moto.sts.exceptions import STSClientError


class NotFound(Route53ClientError):
    def __init__(self, record_set):
        name, kind = record_set["Name"], record_set["Type"]
        super().__init__(
            "InvalidChangeBatch",
            f"Tried to delete resource record set [name='{name}', type='{kind}'] but it was not found",
        )


def is_same(known, wanted):
    values = [record["Value"] for record in wanted.get("ResourceRecords", [])]
    return (
        known.name.rstrip(".") == wanted["Name"].rstrip(".")
        and known.type == wanted["Type"]
        and known.set_identifier == wanted.get("SetIdentifier")
        and str(known.ttl) == str(wanted.get("TTL"))
        and known.records == values
    )


change_others = models.Route53Backend.change_resource_record_sets


def change_resource_record_sets(self, zoneid, change_list):
    zone = self.get_hosted_zone(zoneid)
    deletions = [c["ResourceRecordSet"] for c in change_list if c["Action"] == "DELETE"]
    for wanted in deletions:
        if not any(is_same(known, wanted) for known in zone.rrsets):
            raise NotFound(wanted)
    change_others(self, zoneid, [c for c in change_list if c["Action"] != "DELETE"])
    for wanted in deletions:
        zone.rrsets = [known for known in zone.rrsets if not is_same(known, wanted)]


def list_hosted_zones_by_name(self):
    def place(name):
        return list(reversed(name.rstrip(".").split(".")))

    start = (place(self._get_param("DNSName") or ""), self._get_param("HostedZoneId") or "")
    size = int(self._get_param("MaxItems") or 100)
    zones = sorted(self.backend.zones.values(), key=lambda z: (place(z.name), z.resource_id))
    if start[0] != [""]:
        zones = [z for z in zones if (place(z.name), z.resource_id) >= start]
    page, rest = zones[:size], zones[size:]
    result = {"HostedZones": page, "MaxItems": size, "IsTruncated": bool(rest)}
    if rest:
        result |= {"NextDNSName": rest[0].name, "NextHostedZoneId": rest[0].resource_id}
    return ActionResult(result)


class InvalidIdentityToken(STSClientError):
    def __init__(self):
        super().__init__("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")


assume_role = sts.TokenResponse.assume_role_with_web_identity


def assume_role_with_web_identity(self):
    if not (self._get_param("WebIdentityToken") or "").startswith("eyJ"):
        raise InvalidIdentityToken()
    return assume_role(self)


authenticate = ActionAuthenticatorMixin._authenticate_and_authorize_action


def authenticate_in_words(self, *args, **kwargs):
    if self._get_action() == "AssumeRoleWithWebIdentity":
        return
    if "Credential=harness/" in self.headers.get("Authorization", ""):
        return
    try:
        authenticate(self, *args, **kwargs)
    except _RESTError as error:
        error.description = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{error.error_type}</Code><Message>{escape(error.message)}</Message>"
            f"</Error><RequestId>{uuid4()}</RequestId></ErrorResponse>"
        )
        raise


models.Route53Backend.change_resource_record_sets = change_resource_record_sets
responses.Route53.list_hosted_zones_by_name = list_hosted_zones_by_name
sts.TokenResponse.assume_role_with_web_identity = assume_role_with_web_identity
ActionAuthenticatorMixin._authenticate_and_authorize_action = authenticate_in_words
main(sys.argv[1:])
