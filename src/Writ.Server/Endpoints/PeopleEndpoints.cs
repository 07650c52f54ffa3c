namespace Writ.Server.Endpoints;

/// <summary>The endpoints for people, on TCP.</summary>
public static class PeopleEndpoints
{
    public static IServiceCollection AddPeoplePath(this IServiceCollection services) => services;

    public static WebApplication MapPeopleEndpoints(this WebApplication app) => app;
}
