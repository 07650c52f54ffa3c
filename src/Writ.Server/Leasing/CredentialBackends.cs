using Writ.Leases;

namespace Writ.Server.Leasing;

/// <summary>Finds the backend of a profile.</summary>
public interface ICredentialBackends
{
    /// <exception cref="BackendFaultException">It cannot be used as it is set up.</exception>
    ICredentialBackend For(CredentialProfile profile);
}

/// <summary>The backends that come with Writ. The admin account is read for each use and kept nowhere.</summary>
sealed class CredentialBackends(
    AdminFiles admins, SignedBackends signed, ILeaseTokens tokens, BackendMemory memory, TimeProvider time)
    : ICredentialBackends
{
    public ICredentialBackend For(CredentialProfile profile) => profile.Backend switch
    {
        CredentialBackend.Postgres p => new PostgresBackend(profile.Id, p, admins.Read(profile.Admin)),
        CredentialBackend.Redis p => new RedisBackend(p, admins.Read(profile.Admin)),
        CredentialBackend.Plugin p => new PluginBackend(profile, p, admins),
        CredentialBackend.Vault p => new VaultBackend(p, admins.Read(profile.Admin), memory, tokens, time),
        CredentialBackend.AwsSts p => new AwsStsBackend(p, admins.Read(profile.Admin), tokens, time),
        CredentialBackend.GitHubApp p => new GitHubAppBackend(p, admins.Read(profile.Admin), memory, tokens, time),
        CredentialBackend.Kubernetes p => new KubernetesBackend(p, admins.Read(profile.Admin), time),
        _ => signed.For(profile, admins)
            ?? throw new BackendFaultException("lease.backend-fault", "This version has no such backend."),
    };
}

/// <summary>Calls backends with a time that each call has at most.</summary>
static class BackendCalls
{
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(20);

    /// <summary>Made on the pool: a backend of others may take its time before its first wait.</summary>
    /// <exception cref="BackendFaultException">Whatever went wrong: a mistake of a backend is its fault as well, and
    /// ends nothing but this call.</exception>
    public static async Task<T> Within<T>(
        TimeProvider time, Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(TimeMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            return await Task.Run(() => call(either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BackendFaultException("lease.backend-slow", "The backend did not answer in time.");
        }
        catch (Exception e) when (e is not (BackendFaultException or OperationCanceledException))
        {
            // Its own words could hold what it was sent.
            throw new BackendFaultException("lease.backend-fault", $"The backend broke ({e.GetType().Name}).", e);
        }
    }
}
