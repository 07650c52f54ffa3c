using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Writ.Server.Callers;
using Writ.Server.Diagnosis;
using Writ.Server.Documents;
using Writ.Server.Foreign;
using Writ.Server.Issuing;
using Writ.Server.Reading;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>
/// Everything people do over HTTP: what it needs, what stands before it, and its endpoints. The gatekeeper stands
/// before the agents' endpoints as well, so it is put in place first.
/// </summary>
public static class PeopleEndpoints
{
    public static IServiceCollection AddPeoplePath(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ProcessTable());
        services.TryAddSingleton(new SocketTable());
        services.TryAddSingleton<IAgentProcesses, AgentProcesses>();
        services.TryAddSingleton<IRunKiller, OwnRuns>();
        services.TryAddSingleton<CallerSight>();
        services.TryAddSingleton<AgentCallers>();
        services.TryAddSingleton(provider => new AttemptLimit(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<PublishedKeys>();
        services.TryAddSingleton(_ => KeyFetcher.Usual());
        services.AddSingleton<ForeignKeys>();
        services.AddSingleton<ForeignTokens>();
        services.AddSingleton<DpopGuard>();
        services.AddSingleton<RemoteGate>();
        services.AddSingleton<TokenExchange>();
        services.AddSingleton<Gatekeeper>();
        services.AddSingleton<Submission>();
        services.AddSingleton<PolicyDesk>();
        services.AddSingleton<ChangeDesk>();
        services.AddSingleton<RequestReader>();
        services.AddSingleton<EventStreams>();
        services.AddSingleton<Doctor>();
        services.AddSingleton<DerivedIndex>();
        services.AddHostedService(provider => provider.GetRequiredService<DerivedIndex>());
        services.AddSingleton<AuthorizationCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<AuthorizationCheck>());
        services.Configure<JsonOptions>(options => UseApiJson(options.SerializerOptions));
        services.AddOpenApi("v1", ApiDescription.Configure);
        return services;
    }

    public static WebApplication MapPeopleEndpoints(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Writ.Server.Endpoints");
        var gatekeeper = app.Services.GetRequiredService<Gatekeeper>();
        app.Use((http, next) => Problems.Guard(http, context => gatekeeper.Pass(context, next), log));
        app.MapRealmEndpoints();
        app.MapPersonEndpoints();
        app.MapChangeEndpoints();
        app.MapPolicyEndpoints();
        app.MapSessionEndpoints();
        app.MapRequestEndpoints();
        app.MapTreeEndpoints();
        app.MapFindingEndpoints();
        app.MapLeaseEndpoints();
        app.MapKillEndpoints();
        app.MapIdentityEndpoints();
        app.MapRemoteEndpoints();
        app.MapEventEndpoints();
        app.MapLedgerEndpoints();
        app.MapOpenApi();
        app.Services.GetRequiredService<AuthorizationCheck>().Look(app);
        return app;
    }

    // The description of the API is made from the same contract that the answers are written by.
    static void UseApiJson(JsonSerializerOptions options)
    {
        var api = ApiJson.Default.Options;
        options.PropertyNamingPolicy = api.PropertyNamingPolicy;
        options.DefaultIgnoreCondition = api.DefaultIgnoreCondition;
        options.UnmappedMemberHandling = api.UnmappedMemberHandling;
        foreach (var converter in api.Converters)
            options.Converters.Add(converter);
        options.TypeInfoResolverChain.Insert(0, ApiJson.Default);
    }
}

/// <summary>Keeps the server from starting when the authorization table and the endpoints disagree.</summary>
public sealed class AuthorizationCheck : IHostedService
{
    IEndpointRouteBuilder? _application;

    public void Look(IEndpointRouteBuilder application) => _application = application;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        AuthorizationTable.MustAgree(_application
            ?? throw new InvariantBrokenException("The people's endpoints were added and never mapped."));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
