using Cake.Core.Composition;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Internal;

/// <summary>Takes what a Cake module registers and passes it on to a service collection.</summary>
internal sealed class ModuleRegistrar : ICakeContainerRegistrar
{
    private readonly List<Registration> _registrations = [];

    public ICakeRegistrationBuilder RegisterType(Type type) =>
        Add(new Registration(type, null) { Lifetime = ServiceLifetime.Transient });

    public ICakeRegistrationBuilder RegisterInstance<TImplementation>(TImplementation instance)
        where TImplementation : class =>
        Add(new Registration(typeof(TImplementation), instance));

    public void AddTo(IServiceCollection services)
    {
        foreach (var registration in _registrations)
        {
            services.Add(registration.Describe());
        }
    }

    private Registration Add(Registration registration)
    {
        _registrations.Add(registration);
        return registration;
    }

    private sealed class Registration(Type implementation, object? instance) : ICakeRegistrationBuilder
    {
        private Type? _service;

        public ServiceLifetime Lifetime { get; set; } = ServiceLifetime.Singleton;

        public ICakeRegistrationBuilder As(Type type)
        {
            _service = type;
            return this;
        }

        public ICakeRegistrationBuilder AsSelf() => As(implementation);

        public ICakeRegistrationBuilder Singleton()
        {
            Lifetime = ServiceLifetime.Singleton;
            return this;
        }

        public ICakeRegistrationBuilder Transient()
        {
            Lifetime = ServiceLifetime.Transient;
            return this;
        }

        public ServiceDescriptor Describe() => instance is null
            ? ServiceDescriptor.Describe(_service ?? implementation, implementation, Lifetime)
            : ServiceDescriptor.Describe(_service ?? implementation, _ => instance, Lifetime);
    }
}
