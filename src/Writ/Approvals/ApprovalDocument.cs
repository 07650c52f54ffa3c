using System.Security.Cryptography;
using System.Text;
using Writ.People;
using Writ.Requests;

namespace Writ.Approvals;

/// <summary>
/// What a person signs to dispose of one request: exactly which bytes, under exactly which policy, knowing exactly
/// which earlier approvals, until when. Anything else voids it.
/// </summary>
/// <param name="Earlier">Digest of the approvals given before this one; see <see cref="DigestOf"/>.</param>
public sealed record ApprovalDocument(
    string Realm, RequestId Request, string RequestDigest, string PolicyDigest, string Earlier, PersonId Person,
    bool Approves, string Reason, DateTimeOffset ExpiresAt)
{
    public string Render() =>
        $"writ-approval/v1\nrealm {Realm}\nrequest {Request}\ndigest {RequestDigest}\npolicy {PolicyDigest}\n"
        + $"earlier {Earlier}\nperson {Person}\ndisposition {(Approves ? "approve" : "refuse")}\n"
        + $"reason {Signatures.Quoted(Reason)}\nexpires {Signatures.Instant(ExpiresAt)}\n";

    /// <summary>SHA-256 over the earlier approvals' signatures, one a line, in the order they were given.</summary>
    public static string DigestOf(ImmutableArray<Approval> approvals) => "sha256:" + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(approvals.Select(a => a.Signature + "\n")))));
}
