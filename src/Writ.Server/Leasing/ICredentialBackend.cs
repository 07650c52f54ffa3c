using System.Collections.Immutable;

namespace Writ.Server.Leasing;

/// <summary>
/// What a place that gives credentials out has to be able to do. Each call may be made twice, and may have worked
/// although it failed: whoever calls only ever moves towards "it is gone". Faults are
/// <see cref="BackendFaultException"/>; they and everything else that is said here hold no secret.
/// </summary>
public interface ICredentialBackend
{
    /// <summary>Makes an account that ends by itself at a time, where the backend can do that.</summary>
    /// <exception cref="BackendFaultException">It may have been made all the same.</exception>
    Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel);

    /// <summary>Has an account live longer.</summary>
    /// <exception cref="BackendFaultException">It ends as it was, or at the new time.</exception>
    Task Extend(string account, DateTimeOffset until, CancellationToken cancel);

    /// <summary>The same, with what the run finds from then on; null where it finds what it had.</summary>
    /// <exception cref="BackendFaultException">It ends as it was, or at the new time.</exception>
    async Task<IssuedCredential?> Renew(string account, DateTimeOffset until, CancellationToken cancel)
    {
        await Extend(account, until, cancel);
        return null;
    }

    /// <summary>
    /// Nobody gets in as this account any more, whoever is in is put out, and the account is gone; one that is gone
    /// already is a success.
    /// </summary>
    /// <returns>How many connections were cut.</returns>
    Task<int> Revoke(string account, CancellationToken cancel);

    /// <summary>Puts out whoever is in as this account.</summary>
    /// <returns>How many connections were cut.</returns>
    Task<int> TerminateSessions(string account, CancellationToken cancel);

    /// <summary>Whether it knows what it gave out; else nobody looks through it.</summary>
    bool CanEnumerate => true;

    /// <summary>The accounts that begin with a prefix, at most <see cref="EnumeratedMax"/>.</summary>
    Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel);

    /// <summary>More than a realm can have leases, so that a full answer means that something is wrong.</summary>
    const int EnumeratedMax = 50_000;
}

/// <summary>A credential as it goes to its run and nowhere else.</summary>
/// <param name="Fingerprint">By which the ledger knows it.</param>
/// <param name="Files">For the folder of its profile in the sandbox.</param>
/// <param name="Secrets">What must not be seen in the run's output.</param>
/// <param name="Door">The service as a socket in the same folder; null when it is reached in another way.</param>
/// <param name="Token">What can be added to requests outside of the sandbox; null where it is no one text.</param>
public sealed record IssuedCredential(
    string Fingerprint, ImmutableArray<DeliveredFile> Files, ImmutableArray<string> Secrets, LeaseService? Door = null,
    string? Token = null)
{
    /// <summary>A second socket in the folder, of an agent that signs for the run; null where there is none.</summary>
    public LeaseService? Agent { get; init; }

    /// <summary>Its files are replaced while the run goes on. Then it has neither door nor agent.</summary>
    public bool IsRenewed { get; init; }
}

/// <param name="Name">A plain file name.</param>
public sealed record DeliveredFile(string Name, ReadOnlyMemory<byte> Content);

/// <summary>A service that a run reaches through the control plane while its lease lives.</summary>
/// <param name="SocketName">Of the socket in the folder of the profile.</param>
/// <param name="Connect">Dials it.</param>
public sealed record LeaseService(string SocketName, Func<CancellationToken, Task<Stream>> Connect);

/// <summary>A backend did not do what it was asked, and why, as a stable code and a sentence without secrets.</summary>
public sealed class BackendFaultException(string code, string why, Exception? inner = null) : Exception(why, inner)
{
    public string Code { get; } = code;
}
