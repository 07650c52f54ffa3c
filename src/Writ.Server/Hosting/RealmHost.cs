using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Writ.Server.Assistants;
using Writ.Server.Sequencer;
using Writ.Server.Trees;

namespace Writ.Server.Hosting;

/// <summary>
/// The realm inside the web host: before the first request what was lost is recorded, after the last one everything
/// that waits is finished. A realm that stops by a fault takes the process down with it.
/// </summary>
sealed class RealmHost(
    OpenRealm realm, TreeDesk trees, WritdOptions options, IServer server, IHostApplicationLifetime lifetime,
    ILogger<RealmHost> log)
    : IHostedLifecycleService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _ = realm.Actor.Fault.ContinueWith(
            _ => lifetime.StopApplication(), CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default);
        await LostRuns.Record(realm.Actor, log, cancellationToken);
        await trees.Recover();
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(options.Socket))
            AgentSocket.Open(options.Socket);
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            if (!RunEndPoint.IsMeant(address))
                SequencerLog.Listening(log, address);
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        SequencerLog.Ended(log, realm.Store.Head.Size);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
