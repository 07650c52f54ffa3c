namespace Writ.Server.Endpoints;

/// <summary>The endpoints for agents, on the Unix socket.</summary>
public static class AgentEndpoints
{
    public static IServiceCollection AddAgentPath(this IServiceCollection services) => services;

    public static WebApplication MapAgentEndpoints(this WebApplication app) => app;
}
